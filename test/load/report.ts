import type { Outcome } from "./load.ts";

/** Where and when it was measured. */
export interface Circumstances {
  /** ISO, to the day. */
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
}

/** The Markdown report of a load test. */
export function reportOf(outcomes: readonly Outcome[], { date, machine, seconds }: Circumstances): string {
  const held = outcomes.every(({ faults }) => faults.length === 0);
  return [
    "# Load test",
    "",
    `${date}, ${machine}. ${held ? "Everything held." : "Not everything held."}`,
    "",
    ...INTRODUCTION,
    ...outcomes.flatMap((outcome) => ["", ...section(outcome, seconds)]),
    "",
  ].join("\n");
}

const INTRODUCTION = [
  "Made by `npm run test:load -- --report <file>`, which starts an installation of its own: every service in one process",
  "on embedded parts, two replicas of the model of [test/recipes/tiny.yaml](../../test/recipes/tiny.yaml), and k6 on the",
  "same machine. Requests come at a steady rate whether or not those before them were answered. Every answer is checked; a",
  "single wrong one fails the test. Limits on times are generous: they catch what is broken and hold on two busy cores.",
  "They are no promise of speed.",
];

function section({ scenario, found, beside, faults }: Outcome, seconds: number): string[] {
  const { metrics } = found;
  const trends = Object.entries(metrics).filter(([name, { type }]) => type === "trend" && !BUILT_IN.test(name));
  const rows = trends.map(([name, { values, thresholds = {} }]) => [
    name.replaceAll("_", " "),
    String(values["count"] ?? 0),
    ...["med", "p(95)", "p(99)"].map((stat) => milliseconds(values[stat] ?? Number.NaN)),
    Object.entries(thresholds)
      .map(([limit, { ok }]) => `${limit}${ok ? "" : ": missed"}`)
      .join(", "),
  ]);
  const arrivals = metrics["iterations"]?.values["count"] ?? 0;
  return [
    `## ${scenario.name.replaceAll("_", " ")}`,
    "",
    `${capital(scenario.what)}. ${arrivals} arrivals in ${seconds} s.`,
    "",
    ...table([["measure", "samples", "median ms", "p95 ms", "p99 ms", "limit, ms"], ...rows]),
    "",
    ...(beside === undefined
      ? []
      : [
          `Our own client, which reads the stream as it comes, measured beside k6, in the median of ${beside.samples}: first`,
          `token ${milliseconds(beside.firstToken)} ms, per token ${milliseconds(beside.perToken)} ms.`,
          "",
        ]),
    faults.length === 0 ? "Nothing was wrong." : `Wrong: ${faults.join("; ")}.`,
  ];
}

/** k6's own measures of HTTP and of its work. */
const BUILT_IN = /^(?:http_|iteration_|group_)/;

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

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
