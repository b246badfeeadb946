/** `npm run bench -- [name] [--json]`: one line a figure, the median and the spread of its samples. */
import { parseArgs } from "node:util";
import type { Figure } from "@millrace/benchmark";
import { BENCHMARKS } from "./catalogue.ts";

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [name = ""] = positionals;
const within = (one: string, other: string): boolean => one === other || one.startsWith(`${other}/`);
const chosen = BENCHMARKS.filter((one) => name === "" || within(one.name, name) || within(name, one.name));
if (chosen.length === 0) {
  console.error(`bench: there is no "${name}"; expected one of ${BENCHMARKS.map((one) => one.name).join(", ")}`);
  process.exit(2);
}
for (const benchmark of chosen) {
  const { run } = await benchmark.load();
  for await (const figure of run()) {
    if (figure.name.startsWith(name)) console.log(values.json ? JSON.stringify(figure) : line(figure));
  }
}

function line({ name: label, configuration, value, spread, unit, peer, ratio }: Figure): string {
  const what = Object.entries(configuration)
    .map(([key, setting]) => `${key}=${setting}`)
    .join(" ");
  const beside = peer === null || ratio === null ? "" : `  ${ratio.toFixed(2)} of ${peer}`;
  return `${label.padEnd(28)} ${significant(value).padStart(10)} ${unit} ±${(50 * spread).toFixed(1)} %${beside}  (${what})`;
}

function significant(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
