/** A client of our own beside k6, which reads the stream as it comes: what both measure must agree. */
import { setTimeout as wait } from "node:timers/promises";
import { streamCompletion } from "./stream_completion.ts";
import type { Target } from "./target.ts";

/** Medians, in milliseconds. */
export interface Medians {
  readonly firstToken: number;
  readonly perToken: number;
  readonly samples: number;
}

const PAUSE_MS = 400;

/**
 * Streams completions one after another until it is told to stop; one at least.
 * @throws {Error} If one is refused or breaks off.
 */
export async function measureCompletions(target: Target, signal: AbortSignal): Promise<Medians> {
  const [first, per]: [number[], number[]] = [[], []];
  do {
    const body = { model: target.model, prompt: "The mill", max_tokens: 20, seed: first.length % 8 };
    const { status, headersMs, perTokenMs } = await streamCompletion(target, body);
    if (status !== 200) throw new Error(`measuring completions beside k6: one was answered ${status}`);
    first.push(headersMs);
    per.push(perTokenMs);
    await wait(PAUSE_MS);
  } while (!signal.aborted);
  return { firstToken: medianOf(first), perToken: medianOf(per), samples: first.length };
}

/** Two clients on one busy machine agree when their medians differ by no more than a factor and some milliseconds. */
const AGREEMENT = { factor: 2, ms: 20 };

export function agree(one: number, other: number): boolean {
  return Math.max(one, other) <= AGREEMENT.factor * Math.min(one, other) + AGREEMENT.ms;
}

function medianOf(samples: number[]): number {
  return samples.sort((left, right) => left - right)[Math.floor(samples.length / 2)] ?? Number.NaN;
}
