/**
 * The event files of a run of two attempts, always the same. Run as a program with the path of an empty folder it writes them there, for
 * `testdata/make_resumed_curves_golden.py`.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { TrainingProgress } from "../coordinator/ports.ts";
import { tensorboardFiles } from "../runtime/tensorboard_files.ts";

const REQUEST = { project: "default", runId: "run-1", operationsPerToken: 1000 } as const;
const STEP_MS = 250;

function stepOf(step: number, loss: number): TrainingProgress {
  const measured = { applyMs: 1, idleMs: 0, sentBytes: 4000, computeMs: 7, exchangeMs: step };
  const nodes = [{ node: "a", ...measured }];
  return { type: "step", step, loss, tokens: 512, gradientNorm: 1.5, learningRate: 1 / 4, nodes };
}

/** Losses of the first attempt's steps, and of the second one's, which goes on from a checkpoint after step 2. */
export const LOSSES = { first: [5, 4.5, 4, 3.5], second: [4.25, 3.75, 3.25] } as const;

/** @returns The files by name, in the order in which they are read. */
export async function writeResumedCurves(folder: string): Promise<Uint8Array[]> {
  let nowMs = 1_764_201_600_000;
  const open = tensorboardFiles({ folder, log: console, now: () => nowMs });
  const attempts = [
    { claim: 1, step: 0, losses: LOSSES.first },
    { claim: 2, step: 2, losses: LOSSES.second },
  ];
  for (const { claim, step, losses } of attempts) {
    const curves = open({ ...REQUEST, claim, step });
    for (const [at, loss] of losses.entries()) {
      nowMs += STEP_MS;
      const applied = step + at + 1;
      curves.add(stepOf(applied, loss));
      if (applied % 2 === 0) curves.add({ type: "validation", step: applied, loss: loss + 1 });
    }
    await curves.close();
    nowMs += 1000;
  }
  const run = join(folder, REQUEST.project, REQUEST.runId);
  return Promise.all((await readdir(run)).sort().map((name) => readFile(join(run, name))));
}

if (import.meta.main) await writeResumedCurves(process.argv[2] ?? "");
