import { SERIES_METRICS, type Series, type TrafficWindow } from "@millrace/contracts";
import { emptySketch, mergeSketches, quantile, quantileSketchSchema } from "@millrace/statistics";

export type Metric = keyof typeof SERIES_METRICS;

type CountField = "requests" | "errors" | "refused" | "promptTokens" | "outputTokens";
type SketchField = "firstTokenMs" | "perTokenMs" | "totalMs";
type Measured = { readonly field: CountField } | { readonly field: SketchField; readonly q: number };

/** What of a window a metric is made of. */
export const MEASURED: Readonly<Record<Metric, Measured>> = {
  requests: { field: "requests" },
  errors: { field: "errors" },
  refused: { field: "refused" },
  prompt_tokens: { field: "promptTokens" },
  output_tokens: { field: "outputTokens" },
  first_token_p50: { field: "firstTokenMs", q: 0.5 },
  first_token_p95: { field: "firstTokenMs", q: 0.95 },
  per_token_p50: { field: "perTokenMs", q: 0.5 },
  per_token_p95: { field: "perTokenMs", q: 0.95 },
  total_p50: { field: "totalMs", q: 0.5 },
  total_p95: { field: "totalMs", q: 0.95 },
};

/** One window, reduced to what the metric needs. */
export interface MeasuredWindow {
  readonly windowStart: number;
  readonly value: TrafficWindow[CountField | SketchField];
}

/** Gateways tell every 10 s: nothing finer can be drawn. */
const FINEST_MS = 10_000;

/** Times of a series: `from` and the step are whole multiples of 10 s, so that the same windows always fall together. */
export interface SeriesTimes {
  readonly from: number;
  readonly stepMs: number;
  readonly count: number;
}

/**
 * Cuts a time into equal steps.
 * @param from Before `to`; milliseconds since 1970.
 * @param most Steps at most, 1 or more.
 */
export function seriesTimes(from: number, to: number, most: number): SeriesTimes {
  const fitting = (stepMs: number): SeriesTimes => {
    const first = Math.floor(from / stepMs) * stepMs;
    return { from: first, stepMs, count: Math.ceil((to - first) / stepMs) };
  };
  let times = fitting(FINEST_MS * Math.max(1, Math.ceil((to - from) / most / FINEST_MS)));
  // Moving the first step to a whole multiple may need one step more than there is room for.
  while (times.count > most) times = fitting(times.stepMs + FINEST_MS);
  return times;
}

/** Puts windows together step by step: counts add up, sketches are merged before a quantile is taken. */
export function seriesPoints(
  metric: Metric,
  { from, stepMs, count }: SeriesTimes,
  windows: readonly MeasuredWindow[],
): Series["points"] {
  const byStep = Map.groupBy(windows, ({ windowStart }) => Math.floor((windowStart - from) / stepMs));
  return Array.from({ length: count }, (_, step) => ({
    at: new Date(from + step * stepMs).toISOString(),
    value: valueOf(MEASURED[metric], byStep.get(step) ?? []),
  }));
}

function valueOf(measured: Measured, windows: readonly MeasuredWindow[]): number | null {
  if (!("q" in measured)) return windows.reduce((sum, { value }) => sum + Number(value), 0);
  const sketch = windows
    .map(({ value }) => quantileSketchSchema.parse(value))
    .reduce((merged, one) => mergeSketches(merged, one), emptySketch());
  return sketch.count === 0 ? null : quantile(sketch, measured.q);
}
