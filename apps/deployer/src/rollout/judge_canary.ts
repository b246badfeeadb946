/** The decision about a canary, from totals: may be asked after every window without growing surer by asking. */
import type { CanaryEvidence, DeploymentView } from "@millrace/contracts";
import { compareQuantiles, compareRates, quantile, type QuantileSketch } from "@millrace/statistics";

/** What a version has answered since the canary began. */
export interface Arm {
  readonly version: number;
  readonly requests: number;
  /** Of the requests, those that another service made to try the version out. */
  readonly synthetic: number;
  readonly errors: number;
  readonly firstTokenMs: QuantileSketch;
}

export interface Judgement {
  /** Undefined: wait for more requests. */
  readonly verdict: NonNullable<DeploymentView["verdict"]> | undefined;
  readonly evidence: CanaryEvidence;
}

/** Probability of calling a version worse that is not, over all looks together. */
const ALPHA = 0.01;
/** A median this much later, or later by this part of the stable one's, is what users notice. */
const LATER_MS = 50;
const LATER_SHARE = 0.5;
/** More errors than the stable version by this share are no chance to take, proven or not. */
const MORE_ERRORS = 0.01;
/** With so many times the requests wanted and still more errors, it goes back. */
const PATIENCE = 4;

/**
 * Judges a canary beside the version that is live.
 * @param wanted Requests of the canary to judge by.
 */
export function judgeCanary(canary: Arm, stable: Arm, wanted: number): Judgement {
  const judged = (verdict: Judgement["verdict"], reason: string): Judgement => ({
    verdict,
    evidence: {
      requests: { canary: canary.requests, stable: stable.requests },
      synthetic: { canary: canary.synthetic, stable: stable.synthetic },
      errors: { canary: canary.errors, stable: stable.errors },
      firstTokenP50Ms: { canary: medianOf(canary), stable: medianOf(stable) },
      reason,
    },
  });
  const failures = `${canary.errors} of ${canary.requests} requests failed, of version ${stable.version} ${stable.errors} of ${stable.requests}`;
  if (compareRates(ratesOf(stable), ratesOf(canary), ALPHA).lower > 0) return judged("unhealthy", failures);
  const [slow, usual] = [medianOf(canary), medianOf(stable)];
  if (slow !== null && usual !== null) {
    const { lower } = compareQuantiles(stable.firstTokenMs, canary.firstTokenMs, 0.5, ALPHA);
    if (lower > Math.max(LATER_MS, LATER_SHARE * usual)) {
      const times = `${slow.toFixed(0)} ms, of version ${stable.version} after ${usual.toFixed(0)} ms`;
      return judged("unhealthy", `half of the first tokens came after more than ${times}`);
    }
  }
  if (canary.requests < wanted) return judged(undefined, `${canary.requests} of ${wanted} requests so far`);
  if (shareOf(canary) <= shareOf(stable) + MORE_ERRORS) {
    return judged(
      "healthy",
      `${canary.requests} requests, no more errors and no slower than version ${stable.version}`,
    );
  }
  if (canary.requests >= PATIENCE * wanted) return judged("unhealthy", failures);
  return judged(undefined, `${failures}; waiting for up to ${PATIENCE * wanted} requests`);
}

function ratesOf({ errors, requests }: Arm): { events: number; trials: number } {
  return { events: errors, trials: requests };
}

function shareOf({ errors, requests }: Arm): number {
  return requests === 0 ? 0 : errors / requests;
}

function medianOf({ firstTokenMs }: Arm): number | null {
  return firstTokenMs.count === 0 ? null : quantile(firstTokenMs, 0.5);
}
