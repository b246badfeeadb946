/** Windows of traffic as a gateway would tell of them; the same seed, the same windows. */
import type { EventData, EVENTS, TrafficWindow } from "@millrace/contracts";
import { addToSketch, emptySketch } from "@millrace/statistics";

export type Observed = EventData<typeof EVENTS.trafficObserved>;

/** When simulated traffic begins: a whole minute. */
export const BEGIN = Date.parse("2026-03-02T08:00:00.000Z");
export const MINUTE_MS = 60_000;

/** What a minute is like. */
export interface SimulatedMinute {
  readonly requests?: number;
  /** Probability that a request fails. */
  readonly errorRate?: number;
  /** Median time to the first token. */
  readonly medianMs?: number;
  readonly prompts?: TrafficWindow["prompts"];
}

/** Uniform in [0, 1): mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Requests of a minute. Times to the first token are spread by a factor of 1.35 (one standard deviation). */
export function simulatedWindow(
  random: () => number,
  { requests = 30, errorRate = 0, medianMs = 40, prompts = null }: SimulatedMinute = {},
): TrafficWindow {
  const window: TrafficWindow = {
    requests,
    errors: 0,
    refused: 0,
    promptTokens: 12 * requests,
    outputTokens: 16 * requests,
    firstTokenMs: emptySketch(),
    perTokenMs: emptySketch(),
    totalMs: emptySketch(),
    prompts,
  };
  for (let request = 0; request < requests; request++) {
    if (random() < errorRate) {
      window.errors++;
      continue;
    }
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const firstTokenMs = medianMs * 1.35 ** normal;
    addToSketch(window.firstTokenMs, firstTokenMs);
    addToSketch(window.perTokenMs, 4);
    addToSketch(window.totalMs, firstTokenMs + 60);
  }
  return window;
}

/** The event of a minute, told as one window that ends with it. */
export function observedMinute(minute: number, real: TrafficWindow, changes: Partial<Observed> = {}): Observed {
  return {
    model: "docs",
    version: 2,
    gateway: "gateway-a",
    windowStart: new Date(BEGIN + minute * MINUTE_MS + 50_000).toISOString(),
    windowMs: 10_000,
    real,
    synthetic: simulatedWindow(() => 0.5, { requests: 0 }),
    ...changes,
  };
}
