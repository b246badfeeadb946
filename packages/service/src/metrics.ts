/**
 * Values of metrics, and their text for Prometheus. Our own, and not `prom-client`: that one needs Node, keeps one registry for all of
 * a process, and what is needed of it is this page.
 */
import type { Counter, Gauge, Histogram, Labels } from "./metric.ts";

type AnyMetric = Counter<string> | Gauge<string> | Histogram<string>;

/** A value with its labels. */
export interface Sample<Label extends string> {
  readonly labels: Labels<Label>;
  readonly value: number;
}

/** The metrics of one process, which all its services share. */
export interface Metrics {
  /** Adds to a counter. @param value Not negative. Default 1. */
  add<Label extends string>(counter: Counter<Label>, labels: Labels<Label>, value?: number): void;
  set<Label extends string>(gauge: Gauge<Label>, labels: Labels<Label>, value: number): void;
  /** Counts an observation. */
  observe<Label extends string>(histogram: Histogram<Label>, labels: Labels<Label>, value: number): void;
  /** Has a metric read where its value lives, whenever it is asked for. A later reader of the same metric takes the place of this one. */
  collect<Label extends string>(metric: Counter<Label> | Gauge<Label>, read: () => Iterable<Sample<Label>>): void;
  /**
   * Everything in Prometheus's text format 0.0.4, the same for the same values.
   * @param project Leaves out what carries another project.
   */
  text(project?: string): string;
}

/** Media type of `Metrics.text`. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Series {
  readonly labels: Labels<string>;
  value: number;
  /** Of a histogram: observations by bucket, the one without bound last. */
  readonly counts: number[];
}

interface Family {
  readonly metric: AnyMetric;
  readonly series: Map<string, Series>;
  read?: () => Iterable<Sample<string>>;
}

/** Makes an empty set of metrics. */
export function createMetrics(): Metrics {
  const families = new Map<string, Family>();

  function familyOf(metric: AnyMetric): Family {
    const found = families.get(metric.name);
    if (found === undefined) {
      const made: Family = { metric, series: new Map() };
      families.set(metric.name, made);
      return made;
    }
    if (found.metric !== metric) throw new RangeError(`recording metric "${metric.name}": it is declared twice`);
    return found;
  }

  function seriesOf(metric: AnyMetric, labels: Labels<string>): Series {
    const { series } = familyOf(metric);
    const key = labelText(metric, labels);
    let found = series.get(key);
    if (found === undefined) {
      const counts = metric.kind === "histogram" ? Array<number>(metric.buckets.length + 1).fill(0) : [];
      found = { labels, value: 0, counts };
      series.set(key, found);
    }
    return found;
  }

  return {
    add(metric, labels, value = 1) {
      if (!(value >= 0))
        throw new RangeError(`adding to ${metric.name}: expected a number of 0 or more, found ${value}`);
      seriesOf(metric, labels).value += value;
    },
    set(metric, labels, value) {
      seriesOf(metric, labels).value = value;
    },
    observe(metric, labels, value) {
      if (Number.isNaN(value)) throw new RangeError(`observing ${metric.name}: expected a number, found NaN`);
      const series = seriesOf(metric, labels);
      const bucket = metric.buckets.findIndex((bound) => value <= bound);
      const at = bucket < 0 ? metric.buckets.length : bucket;
      series.counts[at] = (series.counts[at] ?? 0) + 1;
      series.value += value;
    },
    collect(metric, read) {
      familyOf(metric).read = read;
    },
    text(project) {
      return [...families.values()]
        .sort((left, right) => (left.metric.name < right.metric.name ? -1 : 1))
        .map((family) => familyText(family, project))
        .join("");
    },
  };
}

function familyText({ metric, series, read }: Family, project: string | undefined): string {
  const samples = read === undefined ? [...series.values()] : [...read()].map((one) => ({ ...one, counts: [] }));
  const lines = samples
    .filter(({ labels }) => project === undefined || (labels["project"] ?? "") === "" || labels["project"] === project)
    .map((sample) => sampleText(metric, sample))
    .sort();
  if (lines.length === 0) return "";
  const help = metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${metric.name} ${help}\n# TYPE ${metric.name} ${metric.kind}\n${lines.join("")}`;
}

function sampleText(metric: AnyMetric, { labels, value, counts }: Series): string {
  const { name } = metric;
  const line = (suffix: string, le: string | undefined, number: number): string =>
    `${name}${suffix}${labelText(metric, labels, le)} ${numberText(number)}\n`;
  if (metric.kind !== "histogram") return line("", undefined, value);
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    return line("_bucket", numberText(metric.buckets[index] ?? Infinity), total);
  });
  return [...buckets, line("_sum", undefined, value), line("_count", undefined, total)].join("");
}

function labelText(metric: AnyMetric, labels: Labels<string>, le?: string): string {
  const pairs = metric.labels.map((label) => [label, labels[label] ?? ""] as const).filter(([, value]) => value !== "");
  if (le !== undefined) pairs.push(["le", le]);
  if (pairs.length === 0) return "";
  return `{${pairs.map(([label, value]) => `${label}="${escaped(value)}"`).join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}
