import type { Summary } from "@millrace/contracts";

/** Trials that are shown; the console and the summary have more. */
const MOST_SHOWN = 10;

/** The best trials of a search as a table, from best to worst. */
export function trialLines({ table = [] }: NonNullable<Summary["search"]>): string[] {
  if (table.length === 0) return [];
  const keys = [...new Set(table.flatMap(({ values }) => Object.keys(values)))].sort();
  const rows = table.slice(0, MOST_SHOWN).map(({ number, state, loss, step, values }) => {
    const fate = state === "stopped" ? "given up" : state;
    return [String(number), fate, loss?.toFixed(3) ?? "-", String(step), ...keys.map((key) => written(values[key]))];
  });
  const all = [["trial", "state", "loss", "steps", ...keys], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all.map((row) => `    ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ")}`.trimEnd());
}

function written(value: number | string | boolean | undefined): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : String(value ?? "");
}
