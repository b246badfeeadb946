import type { SkipElement } from "./render_markdown.ts";

const MAX_COLUMNS = 32;

/**
 * Renders a data table as a Markdown table.
 * @param cellBlocks Renders one cell.
 * @returns `undefined` for a layout table: nested tables, one column or row, or cells that hold whole paragraphs.
 */
export function renderTable(
  table: Element,
  cellBlocks: (cell: Element) => string[],
  skip: SkipElement,
): string | undefined {
  if (table.querySelector("table") !== null) return undefined;
  const rows: string[][] = [];
  for (const row of table.querySelectorAll("tr")) {
    if (skip(row)) continue;
    const cells: string[] = [];
    for (const cell of row.children) {
      if (cell.tagName !== "TD" && cell.tagName !== "TH") continue;
      const blocks = skip(cell) ? [] : cellBlocks(cell);
      if (blocks.length > 4 || blocks.some((block) => block.startsWith("#") || block.startsWith("```")))
        return undefined;
      cells.push(blocks.join(" ").replace(/\s+/g, " ").replaceAll("|", "\\|"));
    }
    if (cells.some((cell) => cell !== "")) rows.push(cells);
  }
  const columns = Math.max(0, ...rows.map((row) => row.length));
  if (rows.length < 2 || columns < 2 || columns > MAX_COLUMNS) return undefined;
  const lines = rows.map((row) => `| ${Array.from({ length: columns }, (_, at) => row[at] ?? "").join(" | ")} |`);
  lines.splice(1, 0, `|${" --- |".repeat(columns)}`);
  return lines.join("\n");
}
