/**
 * `npm run test:chaos -- [--minutes 3] [--seed 1]`: trains the tiny model again and again on 2 to 5 node processes, one time in three cut into stages. Nodes
 * are killed, stopped and let go on, cut off and joined by more of them, and their coordinator is killed and comes back from its checkpoint; each
 * training must come to the bytes of an undisturbed one. Prints a line a training, then the times from harm to next step. Exits with 1 at the first
 * training that differs, and at the end if a loss of one node took too long. A seed repeats what is done; when, depends on the machine.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { disturbedRun, seededChooser, SINGLE_LOSSES } from "./chaos.ts";
import { folderStore } from "./folder_store.ts";
import { layCable } from "./network_cable.ts";
import { LONGEST_RECOVERY_MS, type Recovery } from "./recovery.ts";
import { observeRun } from "./run_kit.ts";
import { tinyModelJob } from "./tiny_model_job.ts";

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
const cable = layCable();
if (typeof cable === "string") console.warn(`no network is cut: ${cable}`);
const folder = await mkdtemp(join(tmpdir(), "millrace-chaos-"));
// Whoever is started anew is to begin as it does where it is installed, in one compiled file: from the sources that takes twice the time.
process.env["NODE_COMPILE_CACHE"] = join(folder, "compiled");
try {
  process.exitCode = await torment(folder);
} finally {
  if (typeof cable !== "string") cable.remove();
  await rm(folder, { recursive: true, force: true });
}

/** @returns The exit code. */
async function torment(folder: string): Promise<number> {
  const store = folderStore(folder);
  const job = { ...tinyModelJob(store), steps: 600, validateEverySteps: 20, checkpointEverySteps: 20 };
  const main = fileURLToPath(new URL("../runtime/node_main.ts", import.meta.url));
  const wanted = JSON.stringify((await observeRun(job, { nodes: 1, store, main })).result);
  const choose = seededChooser(seed);
  const endMs = performance.now() + minutes * 60_000;
  const recoveries: Recovery[] = [];
  let [rounds, harmed] = [0, 0];
  while (performance.now() < endMs) {
    // One in three in two stages, of one pipeline or two.
    const plan = choose(3) === 0 ? { nodes: 2 * (1 + choose(2)), stages: 2 } : { nodes: 2 + choose(4), stages: 1 };
    const request = { job, folder, ...plan };
    const {
      harms,
      recoveries: found,
      result,
    } = await disturbedRun(request, typeof cable === "string" ? undefined : cable, choose);
    const done = harms.map(({ harm, step }) => `${harm} after ${step}`).join(", ");
    const recovered = found.map(({ harm, ms }) => `${harm} ${seconds(ms)}`).join(", ");
    const stages = plan.stages === 1 ? "" : ` in ${plan.stages} stages`;
    console.log(
      `${++rounds}: ${plan.nodes} nodes${stages}: ${done || "nothing"}; next step, seconds: ${recovered || "no loss"}`,
    );
    recoveries.push(...found);
    harmed += harms.length;
    if (JSON.stringify(result) === wanted) continue;
    console.error(`wanted ${wanted}\nfound  ${JSON.stringify(result)}`);
    return 1;
  }
  console.log(
    `seed ${seed}: ${rounds} trainings, ${harmed} disturbances, equal checkpoints; from harm to next step, seconds:`,
  );
  for (const [harm, found] of Map.groupBy(recoveries, ({ harm }) => harm)) {
    const sorted = found.map(({ ms }) => ms).toSorted((a, b) => a - b);
    const [least, median, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!].map(seconds);
    console.log(`${harm}: ${sorted.length}, least ${least}, median ${median}, most ${most}`);
  }
  // Whoever is to start all of them anew has as much to do as there are nodes.
  const late = recoveries.filter(({ harm, ms }) => SINGLE_LOSSES.has(harm) && ms > LONGEST_RECOVERY_MS);
  if (late.length === 0) return 0;
  const told = late.map(({ harm, ms }) => `${seconds(ms)} after "${harm}"`).join(", ");
  console.error(`wanted the next step within ${seconds(LONGEST_RECOVERY_MS)} s of the loss of one node, found ${told}`);
  return 1;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
