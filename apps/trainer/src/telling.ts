/** Publishes what a run gathers, at most once a second. */
import { EVENTS } from "@millrace/contracts";
import { type JobContext, LeaseLostError } from "@millrace/service";
import type { ProgressGatherer } from "./progress_report.ts";
import type { RunRequest } from "./run_request.ts";
import type { TrainingStore } from "./training_store.ts";

export interface Telling {
  /** Something new has come together. */
  poke(): void;
  /** Tells what is left. */
  stop(): Promise<void>;
}

const PERIOD_MS = 1000;
/** Most points of one event. */
const MOST_POINTS = 500;

/**
 * Starts telling.
 * @param claim Tells this claim of the job from earlier ones, whose reports it must not stand for.
 */
export function startTelling(
  { runId, steps, claim, stepped }: Pick<RunRequest, "runId" | "claim" | "stepped"> & { readonly steps: number },
  gatherer: ProgressGatherer,
  store: Pick<TrainingStore, "show">,
  context: Pick<JobContext, "emit" | "log" | "now">,
): Telling {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let telling = Promise.resolve();
  let toldMs = Number.NEGATIVE_INFINITY;
  let told = 0;

  async function tell(): Promise<void> {
    const report = gatherer.take();
    if (report === undefined) return;
    const { step, points, nodes, changes } = report;
    for (let at = 0; at === 0 || at < points.length; at += MOST_POINTS) {
      const rest = at === 0 ? { nodes, changes } : { nodes: [], changes: [] };
      const data = { runId, steps, points: points.slice(at, at + MOST_POINTS), ...rest };
      await context.emit(`claim ${claim} report ${told++} step ${step}`, EVENTS.trainingProgressed, data);
    }
    await stepped(step);
    await store.show(gatherer.live());
  }

  function tellSoon(): void {
    timer = undefined;
    toldMs = context.now();
    // A missed report leaves a gap in a curve; that is no reason to end a training.
    telling = telling.then(tell).catch((error: unknown) => {
      if (!(error instanceof LeaseLostError)) context.log.warn("progress was not told", { error });
    });
  }

  return {
    poke() {
      timer ??= setTimeout(tellSoon, Math.max(0, toldMs + PERIOD_MS - context.now()));
    },
    async stop() {
      clearTimeout(timer);
      tellSoon();
      await telling;
    },
  };
}
