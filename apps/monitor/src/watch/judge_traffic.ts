/** Whether a window's answers came slower, or failed more often, than those of the windows before. */
import type { TrafficWindow } from "@millrace/contracts";
import { emptySketch, mergeSketches, quantile, quantileSketchSchema, type QuantileSketch } from "@millrace/statistics";
import { type ErrorShare, updateErrorShare } from "./error_share.ts";
import type { Finding, Named } from "./finding.ts";
import { type LevelState, updateLevel } from "./level.ts";
import { ERRORS, LATENCY } from "./limits.ts";

/** Requests of a judged window. */
export interface TrafficTotals {
  readonly requests: number;
  readonly errors: number;
  readonly firstTokenMs: QuantileSketch;
}

/** Adds up what gateways told. */
export function totalsOf(windows: readonly TrafficWindow[]): TrafficTotals {
  return {
    requests: windows.reduce((sum, { requests }) => sum + requests, 0),
    errors: windows.reduce((sum, { errors }) => sum + errors, 0),
    firstTokenMs: windows
      .map(({ firstTokenMs }) => quantileSketchSchema.parse(firstTokenMs))
      .reduce((merged, one) => mergeSketches(merged, one), emptySketch()),
  };
}

/** The state after the window, and what it says; no finding while the usual is being learned. */
export interface JudgedFigure<State> {
  readonly state: State;
  readonly finding: Finding | null;
}

/** Judges the median time to the first token. A window in which no request got that far says nothing. */
export function judgeLatency(
  state: LevelState,
  { model, version }: Named,
  { requests, firstTokenMs }: TrafficTotals,
): JudgedFigure<LevelState> {
  if (firstTokenMs.count === 0) return { state, finding: null };
  // Of a logarithm, since times are off by factors. A median of 0 is less than the clock can tell.
  const median = Math.max(0.01, quantile(firstTokenMs, 0.5));
  const judged = updateLevel(state, Math.log(median));
  if (judged.usual === null) return { state: judged.state, finding: null };
  const usual = Math.exp(judged.usual);
  const value = judged.odd === null ? median : Math.exp(judged.odd);
  const finding: Finding = {
    kind: "latency",
    isWrong: judged.odd !== null && value >= LATENCY.wrongFrom * usual,
    severity: value >= LATENCY.criticalFrom * usual ? "critical" : "warning",
    title: `Answers of ${model}@${version} begin after ${ms(value)}; ${ms(usual)} is usual`,
    value,
    threshold: LATENCY.wrongFrom * usual,
    evidence: {
      requests,
      medianMs: median,
      usualMs: usual,
      ...(judged.score === null ? {} : { score: judged.score }),
    },
  };
  return { state: judged.state, finding };
}

/** Judges the share of requests that failed. */
export function judgeErrors(
  state: ErrorShare,
  { model, version }: Named,
  { requests, errors }: TrafficTotals,
): JudgedFigure<ErrorShare> {
  const judged = updateErrorShare(state, { events: errors, trials: requests });
  if (judged.usual === null) return { state: judged.state, finding: null };
  const value = judged.wrong ?? errors / requests;
  const finding: Finding = {
    kind: "errors",
    isWrong: judged.wrong !== null,
    severity: value >= ERRORS.criticalFrom ? "critical" : "warning",
    title: `${percent(value)} of the requests to ${model}@${version} fail; ${percent(judged.usual)} is usual`,
    value,
    threshold: judged.usual + ERRORS.wrongFrom,
    evidence: { requests, errors, usual: judged.usual },
  };
  return { state: judged.state, finding };
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${Math.round(value)} ms`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
