/** `npm run test:load -- [scenario ...] [--seconds <n>] [--report <file>]`: exit code 1 if anything did not hold. */
import { writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { load } from "./load.ts";
import { reportOf } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";
import { startTarget } from "./start_target.ts";

const { values, positionals } = parseArgs({
  options: { seconds: { type: "string", default: "20" }, report: { type: "string" } },
  allowPositionals: true,
});
const seconds = Number(values.seconds);
const names = SCENARIOS.map(({ name }) => name);
if (positionals.some((name) => !names.includes(name)) || !(Number.isInteger(seconds) && seconds > 0)) {
  console.error(`test:load: expected scenarios among ${names.join(", ")}, and --seconds of 1 or more`);
  process.exit(2);
}

const busy = loadavg()[0] ?? 0;
console.log("Making a model to serve ...");
const target = await startTarget();
const outcomes = [];
try {
  for (const scenario of SCENARIOS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
    const outcome = await load(scenario, target, { seconds, times: "judged" });
    outcomes.push(outcome);
    console.log(`${outcome.faults.length === 0 ? "held  " : "FAILED"}  ${scenario.name}: ${scenario.what}`);
    for (const fault of outcome.faults) console.log(`        ${fault}`);
  }
} finally {
  await target.stop();
}
const machine = `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load average ${busy.toFixed(1)} before`;
const report = reportOf(outcomes, { date: new Date().toISOString().slice(0, 10), machine, seconds });
if (values.report === undefined) console.log(`\n${report}`);
else await writeFile(values.report, report);
process.exitCode = outcomes.every(({ faults }) => faults.length === 0) ? 0 : 1;
