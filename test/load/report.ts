import type { Outcome } from "./drive.ts";
import { percentile, type Verdict } from "./judge.ts";

/** Where and when it was measured. */
export interface Circumstances {
  /** ISO, to the day. */
  readonly date: string;
  readonly machine: string;
}

/** The Markdown report of a load test. */
export function reportOf(
  results: readonly { readonly outcome: Outcome; readonly verdict: Verdict }[],
  { date, machine }: Circumstances,
): string {
  const held = results.every(({ verdict }) => verdict.passed);
  return [
    "# Load test",
    "",
    `${date}, ${machine}. ${held ? "Everything held." : "Not everything held."}`,
    "",
    ...INTRODUCTION,
    ...results.flatMap(({ outcome, verdict }) => ["", ...section(outcome, verdict)]),
    "",
  ].join("\n");
}

const INTRODUCTION = [
  "Made by `npm run test:load -- --report <file>`, which starts an installation of its own: every service in one process",
  "on embedded parts, two replicas of the model of [test/recipes/tiny.yaml](../../test/recipes/tiny.yaml), and the driver",
  "on the same machine. Requests come at a steady rate whether or not those before them were answered, and times count",
  "from when a request was due. Every answer is checked; a single wrong one fails the test. Limits on times are generous:",
  "they catch what is broken and hold on two busy cores. They are no promise of speed.",
];

function section({ scenario, arrivals, seconds, measures, lateMs }: Outcome, verdict: Verdict): string[] {
  const { name, what, ratePerSecond } = scenario;
  const rows = [...measures].map(([measure, sorted]) => {
    const at = (share: number): string => milliseconds(percentile(sorted, share));
    const limit = verdict.limits.find((one) => one.measure === measure);
    const written =
      limit === undefined ? "" : `${percent(limit.share)} in ${limit.atMostMs} ms${limit.holds ? "" : ": missed"}`;
    return [measure, String(sorted.length), at(0.5), at(0.95), at(0.99), written];
  });
  return [
    `## ${name}`,
    "",
    `${capital(what)}. ${ratePerSecond} requests a second for ${seconds} s, ${arrivals} in all; ` +
      `the driver was ${milliseconds(percentile(lateMs, 0.95))} ms late at most in 95 % of them.`,
    "",
    ...table([["measure", "samples", "p50 ms", "p95 ms", "p99 ms", "limit"], ...rows]),
    "",
    verdict.faults.length === 0 ? "Nothing was wrong." : `Wrong: ${verdict.faults.join("; ")}.`,
  ];
}

/** A table with even columns, as the project's formatter writes it. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
