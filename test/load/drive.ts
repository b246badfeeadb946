import type { Scenario, Target } from "./scenario.ts";

/** Time, so that tests have their own. */
export interface Clock {
  /** Milliseconds from any fixed origin. */
  now(): number;
  wait(durationMs: number): Promise<void>;
}

/** What a scenario came to. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly seconds: number;
  readonly arrivals: number;
  /** Samples by measure, ascending. */
  readonly measures: ReadonlyMap<string, readonly number[]>;
  /** What was wrong, by message. */
  readonly failures: ReadonlyMap<string, number>;
  /** How late the driver itself was, ascending ms: if this is large, so is every measure, and the target is not to blame. */
  readonly lateMs: readonly number[];
}

/** Arrivals that may be unanswered at once; beyond it the target does not keep up, and the driver would run out of memory. */
const MOST_IN_FLIGHT = 500;
/** Arrivals one after another before the load: caches are filled, code is compiled. */
const WARM_UP = 10;

/**
 * Asks at a steady rate, open loop: an arrival waits for no answer, so a target that stands still is asked on, and what waits is counted
 * from when it was due.
 * @see Tene 2013, "How NOT to measure latency", on coordinated omission.
 */
export async function drive(scenario: Scenario, target: Target, seconds: number, clock: Clock): Promise<Outcome> {
  const measures = new Map<string, number[]>();
  const failures = new Map<string, number>();
  const lateMs: number[] = [];
  const fail = (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    failures.set(message, (failures.get(message) ?? 0) + 1);
  };

  const arrive = await scenario.prepare(target);
  for (let index = 0; index < WARM_UP; index++) await arrive(index);

  async function one(index: number, dueMs: number): Promise<void> {
    const late = clock.now() - dueMs;
    lateMs.push(late);
    try {
      for (const [measure, value] of Object.entries(await arrive(index))) {
        const samples = measures.get(measure) ?? [];
        measures.set(measure, samples);
        samples.push(value + late);
      }
    } catch (error) {
      fail(error);
    }
  }

  const arrivals = Math.ceil(scenario.ratePerSecond * seconds);
  const inFlight = new Set<Promise<void>>();
  const startMs = clock.now();
  for (let index = 0; index < arrivals; index++) {
    const dueMs = startMs + (1000 * index) / scenario.ratePerSecond;
    if (dueMs > clock.now()) await clock.wait(dueMs - clock.now());
    if (inFlight.size >= MOST_IN_FLIGHT) {
      fail(new Error(`not asked: ${MOST_IN_FLIGHT} requests are unanswered already`));
      continue;
    }
    const asked = one(index, dueMs).finally(() => inFlight.delete(asked));
    inFlight.add(asked);
  }
  await Promise.all(inFlight);
  for (const samples of [...measures.values(), lateMs]) samples.sort((a, b) => a - b);
  return { scenario, seconds, arrivals, measures, failures, lateMs };
}
