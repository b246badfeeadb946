/**
 * `npm run test:chaos -- [--minutes 3] [--seed 1]`: trains the tiny model again and again on 2 to 5 node processes, one time in three cut into stages, while they are killed,
 * stopped and let go on, and new ones join for those that are lost; each training must come to the bytes of an undisturbed one.
 * Prints a line a training, and exits with 1 at the first that differs, and at the end if a loss of one node took too long. A seed repeats what is done; when, depends on the machine.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { stagePorts } from "../model_stages.ts";
import { disturbedRun, seededChooser } from "./chaos.ts";
import { LONGEST_RECOVERY_MS, type Recovery } from "./recovery.ts";
import { blobStore, observeRun } from "./run_kit.ts";
import { TINY_MODEL, tinyModelJob } from "./tiny_model_job.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "3" }, seed: { type: "string", default: "1" } },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error(
    `test:chaos: expected --minutes above 0 and a whole --seed, found ${values.minutes} and ${values.seed}`,
  );
  process.exit(2);
}
const main = fileURLToPath(new URL("../runtime/node_main.ts", import.meta.url));
const store = blobStore();
const job = { ...tinyModelJob(store), steps: 60 };
const wanted = (await observeRun(job, { nodes: 1, store, main })).result;
const choose = seededChooser(seed);
const endMs = performance.now() + minutes * 60_000;
const recoveries: Recovery[] = [];
let [rounds, harmed] = [0, 0];
while (performance.now() < endMs) {
  // One in three in two stages, of one pipeline or two.
  const plan = choose(3) === 0 ? { nodes: 2 * (1 + choose(2)), stages: 2 } : { nodes: 2 + choose(4), stages: 1 };
  const ports = { stages: stagePorts(TINY_MODEL, plan.stages) };
  const { nodes, stages, harms, run } = await disturbedRun(job, { nodes: plan.nodes, store, main, ports }, choose);
  const done = harms.map(({ harm, step }) => `${harm} after ${step}`).join(", ");
  const recovered = run.recoveries.map(({ ms }) => seconds(ms)).join(", ");
  console.log(
    `${++rounds}: ${nodes} nodes${stages === 1 ? "" : ` in ${stages} stages`}: ${done || "nothing"}; next step after ${recovered || "no loss"} s`,
  );
  recoveries.push(...run.recoveries);
  harmed += harms.length;
  if (JSON.stringify(run.result) === JSON.stringify(wanted)) continue;
  console.error(`wanted ${JSON.stringify(wanted)}\nfound  ${JSON.stringify(run.result)}`);
  process.exit(1);
}
console.log(`${rounds} trainings, ${harmed} disturbances, equal checkpoints; from the harm to the next step, seconds:`);
for (const [harm, found] of Map.groupBy(recoveries, ({ harm }) => harm)) {
  const sorted = found.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const [least, median, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!].map(seconds);
  console.log(`${harm}: ${sorted.length}, least ${least}, median ${median}, most ${most}`);
}
// Of all at once the machine may have as many to start anew as it likes.
const late = recoveries.filter(({ harm, ms }) => harm !== "kill all" && ms > LONGEST_RECOVERY_MS);
if (late.length > 0) {
  console.error(
    `after ${late.length} losses of one node the next step took more than ${seconds(LONGEST_RECOVERY_MS)} s: ` +
      late.map(({ harm, ms }) => `${seconds(ms)} after "${harm}"`).join(", "),
  );
  process.exitCode = 1;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
