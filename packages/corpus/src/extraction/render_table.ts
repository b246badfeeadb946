import type { RenderView } from "./render_view.ts";

const MAX_COLUMNS = 32;

/**
 * Renders a data table as a Markdown table.
 * @param cellBlocks Renders one cell.
 * @param table Without tables inside: those are layout too.
 * @returns `undefined` for a layout table: one column or row, or cells that hold whole paragraphs.
 */
export function renderTable(
  table: Element,
  cellBlocks: (cell: Element) => string[],
  view: RenderView,
): string | undefined {
  const rows: string[][] = [];
  for (const row of table.querySelectorAll("tr")) {
    if (view.skips(row)) continue;
    const cells: string[] = [];
    for (const cell of row.children) {
      if (cell.tagName !== "TD" && cell.tagName !== "TH") continue;
      const blocks = view.skips(cell) ? [] : cellBlocks(cell);
      if (blocks.length > 4 || blocks.some((block) => block.startsWith("#") || block.startsWith("```")))
        return undefined;
      cells.push(blocks.join(" ").replace(/\s+/g, " ").replaceAll("|", "\\|"));
    }
    if (cells.some((cell) => cell !== "")) rows.push(cells);
  }
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (rows.length < 2 || columns < 2 || columns > MAX_COLUMNS) return undefined;
  const lines = rows.map((row) => `| ${Array.from({ length: columns }, (_, at) => row[at] ?? "").join(" | ")} |`);
  lines.splice(1, 0, `|${" --- |".repeat(columns)}`);
  return lines.join("\n");
}
