import type { Outcome } from "./drive.ts";
import type { Limit } from "./scenario.ts";

/** A limit beside what was found. */
export interface Judged extends Limit {
  readonly foundMs: number;
  readonly holds: boolean;
}

export interface Verdict {
  readonly limits: readonly Judged[];
  /** Messages of what was wrong; any fails the scenario. */
  readonly faults: readonly string[];
  readonly passed: boolean;
}

/** Two clients on one busy machine agree when their medians differ by no more than a factor and some milliseconds. */
const AGREEMENT = { factor: 2, ms: 20 };

/**
 * Judges a scenario.
 * @param withTimes Whether times count; what is wrong counts always.
 */
export function judge({ scenario, measures, failures }: Outcome, withTimes: boolean): Verdict {
  const faults = [...failures].map(([message, count]) => `${count} x ${message}`);
  for (const [one, other] of withTimes ? (scenario.agreeing ?? []) : []) {
    const medians = [one, other].map((measure) => percentile(measures.get(measure) ?? [], 0.5));
    const [less = 0, more = 0] = medians.sort((a, b) => a - b);
    if (!(more <= AGREEMENT.factor * less + AGREEMENT.ms))
      faults.push(`the medians of ${one} and ${other} disagree: ${less.toFixed(1)} and ${more.toFixed(1)} ms`);
  }
  const limits = scenario.limits.map((limit) => {
    const samples = measures.get(limit.measure) ?? [];
    if (samples.length === 0) faults.push(`${limit.measure} was never measured`);
    const foundMs = percentile(samples, limit.share);
    return { ...limit, foundMs, holds: foundMs <= limit.atMostMs };
  });
  const inTime = !withTimes || limits.every(({ holds }) => holds);
  return { limits, faults, passed: faults.length === 0 && inTime };
}

/**
 * The smallest sample that a share of all samples does not exceed; NaN where there is none.
 * @param sorted Ascending.
 * @param share In (0, 1].
 */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}
