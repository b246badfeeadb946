/** What the charts of the Monitor show: a line a version on one time axis, roll-outs as marks, alerts as shaded times. */
import type { AlertView, Traffic } from "@millrace/contracts";
import { counted, formatCount } from "./format.ts";
import { colorOfVersion } from "./rollout_state.ts";

export interface TimeLine {
  readonly version: number;
  /** `v3`, `v3, slowest 5 %`. */
  readonly name: string;
  readonly color: number;
  readonly isThin: boolean;
  /** One a step; null where nothing was measured. */
  readonly values: readonly (number | null)[];
}

/** A time that is shaded. Milliseconds since 1970. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly severity: AlertView["severity"];
}

export const CHARTS = ["first-token", "latency", "errors", "tokens"] as const;
export type ChartId = (typeof CHARTS)[number];

export interface TimeChart {
  readonly id: ChartId;
  /** What it shows, as a sentence. */
  readonly finding: string;
  readonly unit: "ms" | "%" | "tokens/s";
  readonly lines: readonly TimeLine[];
  readonly bands: readonly Band[];
}

export interface Mark {
  readonly at: number;
  /** `v3 10 %`. */
  readonly label: string;
  readonly color: number;
  /** Taken back. */
  readonly isBack: boolean;
  readonly reason: string | null;
}

export interface Timelines {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
  readonly marks: readonly Mark[];
  readonly charts: readonly TimeChart[];
}

type Versions = Traffic["versions"];
type Version = Versions[number];

/** @param alerts Of any model and time. */
export function timelinesOf(traffic: Traffic, alerts: readonly AlertView[]): Timelines {
  const { versions, stepMs, model } = traffic;
  const [from, to] = [Date.parse(traffic.from), Date.parse(traffic.to)];
  const own = alerts.filter((alert) => alert.model === model);
  const bands = (kind: AlertView["kind"]): Band[] =>
    own.filter((alert) => alert.kind === kind).map((alert) => bandOf(alert, to));
  const lines = (of: (version: Version) => readonly (number | null)[], more = "", isThin = false): TimeLine[] =>
    versions.map((version) => ({
      version: version.version,
      name: `v${version.version}${more}`,
      color: colorOfVersion(version.version),
      isThin,
      values: of(version),
    }));
  const isSeen = ({ from: start, to: end }: Band): boolean => end >= from && start <= to;
  const charts: TimeChart[] = [
    {
      id: "first-token",
      finding: timeFinding(
        versions,
        "of the first tokens come",
        ({ firstTokenP50Ms }) => firstTokenP50Ms,
        ({ firstTokenP95Ms }) => firstTokenP95Ms,
      ),
      unit: "ms",
      lines: [
        ...lines(({ firstTokenP50Ms }) => firstTokenP50Ms),
        ...lines(({ firstTokenP95Ms }) => firstTokenP95Ms, ", p95", true),
      ],
      bands: bands("latency"),
    },
    {
      id: "latency",
      finding: timeFinding(
        versions,
        "of the answers are complete",
        ({ totalP50Ms }) => totalP50Ms,
        ({ totalP95Ms }) => totalP95Ms,
      ),
      unit: "ms",
      lines: [...lines(({ totalP50Ms }) => totalP50Ms), ...lines(({ totalP95Ms }) => totalP95Ms, ", p95", true)],
      bands: [],
    },
    {
      id: "errors",
      finding: errorFinding(versions),
      unit: "%",
      lines: lines(({ requests, errors }) =>
        requests.map((all, step) => (all === 0 ? null : (100 * (errors[step] ?? 0)) / all)),
      ),
      bands: bands("errors"),
    },
    {
      id: "tokens",
      finding: tokenFinding(versions, stepMs),
      unit: "tokens/s",
      lines: lines(({ requests, outputTokens }) =>
        requests.map((all, step) => (all === 0 ? null : (outputTokens[step] ?? 0) / (stepMs / 1000))),
      ),
      bands: [],
    },
  ];
  return {
    from,
    to,
    stepMs,
    marks: traffic.marks.map(({ version, percent, reason, at }) => ({
      at: Date.parse(at),
      label: `v${version} ${percent} %`,
      color: colorOfVersion(version),
      isBack: percent === 0,
      reason,
    })),
    charts: charts.map((chart) => ({ ...chart, bands: chart.bands.filter(isSeen) })),
  };
}

function bandOf({ window, resolvedAt, severity }: AlertView, to: number): Band {
  return { from: Date.parse(window.start), to: resolvedAt === null ? to : Date.parse(resolvedAt), severity };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The version that answered last, and the last step in which it did. */
function newest(versions: Versions): { readonly version: Version; readonly step: number } | undefined {
  const last = versions.map((version) => ({
    version,
    step: version.requests.findLastIndex((requests) => requests > 0),
  }));
  return last
    .filter(({ step }) => step >= 0)
    .toSorted((left, right) => right.step - left.step || sum(right.version.requests) - sum(left.version.requests))[0];
}

function timeFinding(
  versions: Versions,
  verb: string,
  half: (version: Version) => readonly (number | null)[],
  most: (version: Version) => readonly (number | null)[],
): string {
  const found = newest(versions);
  if (found === undefined) return `Nobody asked, so none ${verb}`;
  const { version, step } = found;
  const [p50, p95] = [half(version)[step], most(version)[step]];
  if (p50 == null || p95 == null) return `No answer of v${version.version} lately`;
  return `Half ${verb} within ${inTime(p50)}, 95\u00a0% within ${inTime(p95)}, of v${version.version} lately`;
}

function errorFinding(versions: Versions): string {
  const requests = versions.reduce((total, version) => total + sum(version.requests), 0);
  const errors = versions.reduce((total, version) => total + sum(version.errors), 0);
  if (requests === 0) return "No request ended in this time";
  if (errors === 0) return `None of ${counted(requests, "request")} failed`;
  return `${formatCount(errors)} of ${counted(requests, "request")} failed`;
}

function tokenFinding(versions: Versions, stepMs: number): string {
  const found = newest(versions);
  if (found === undefined) return "No token was written in this time";
  const rate = (found.version.outputTokens[found.step] ?? 0) / (stepMs / 1000);
  return `v${found.version.version} wrote ${rate < 10 ? rate.toFixed(1) : formatCount(rate)} tokens a second lately`;
}

/** `38 ms`, `4.1 ms`, `1.2 s`. */
function inTime(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)}\u00a0s`;
  return `${ms < 10 ? ms.toFixed(1) : formatCount(ms)}\u00a0ms`;
}
