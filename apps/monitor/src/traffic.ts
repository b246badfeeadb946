/** All versions of a model on one time axis: their windows put together step by step. */
import type { Traffic, TrafficWindow } from "@millrace/contracts";
import { emptySketch, mergeSketches, quantile, type QuantileSketch } from "@millrace/statistics";
import type { SeriesTimes } from "./series.ts";

/** A window, reduced to what is drawn. */
export interface DrawnWindow extends Pick<
  TrafficWindow,
  "requests" | "errors" | "refused" | "outputTokens" | "firstTokenMs" | "totalMs"
> {
  readonly version: number;
  readonly windowStart: number;
}

/** @param windows In any order. */
export function trafficOf({ from, stepMs, count }: SeriesTimes, windows: readonly DrawnWindow[]): Traffic["versions"] {
  return [...Map.groupBy(windows, ({ version }) => version)]
    .toSorted(([left], [right]) => left - right)
    .map(([version, own]) => {
      const bySteps = Map.groupBy(own, ({ windowStart }) => Math.floor((windowStart - from) / stepMs));
      const steps = Array.from({ length: count }, (_, step) => bySteps.get(step) ?? []);
      const sums = (of: (window: DrawnWindow) => number): number[] =>
        steps.map((step) => step.reduce((sum, window) => sum + of(window), 0));
      const firstToken = steps.map((step) => merged(step.map(({ firstTokenMs }) => firstTokenMs)));
      const total = steps.map((step) => merged(step.map(({ totalMs }) => totalMs)));
      return {
        version,
        requests: sums(({ requests }) => requests),
        errors: sums(({ errors }) => errors),
        refused: sums(({ refused }) => refused),
        outputTokens: sums(({ outputTokens }) => outputTokens),
        firstTokenP50Ms: firstToken.map((sketch) => quantileOf(sketch, 0.5)),
        firstTokenP95Ms: firstToken.map((sketch) => quantileOf(sketch, 0.95)),
        totalP50Ms: total.map((sketch) => quantileOf(sketch, 0.5)),
        totalP95Ms: total.map((sketch) => quantileOf(sketch, 0.95)),
      };
    });
}

/** Sketches are this service's own rows, which were checked when they came. */
function merged(sketches: readonly QuantileSketch[]): QuantileSketch {
  return sketches.reduce((sum, one) => mergeSketches(sum, one), emptySketch());
}

function quantileOf(sketch: QuantileSketch, q: number): number | null {
  return sketch.count === 0 ? null : quantile(sketch, q);
}
