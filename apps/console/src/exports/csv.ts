/** What a cell of an exported list holds; null and undefined are empty ones. */
export type Cell = string | number | boolean | null | undefined;

/**
 * A line of CSV with its line break.
 *
 * Text that a spreadsheet would take for a formula is written behind an apostrophe: a title of a document must not become a command on the
 * machine of whoever opens the file. Numbers are numbers, also negative ones.
 * @see RFC 4180, and OWASP, "CSV injection"
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  // Spreadsheets look past white space, and take full-width signs for the plain ones.
  const harmless = /^[\s\0]*[=+\-@＝＋－＠]|^[\t\r\n]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
