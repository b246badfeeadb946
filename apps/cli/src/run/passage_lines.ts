import type { SearchResults } from "@millrace/contracts";
import { plainText } from "../terminal/plain_text.ts";

/** Passages that were found, each below the document it is of, and how many there are in all. */
export function passageLines({ results, total, runId }: SearchResults): string[] {
  if (runId === null) return ["There is no run to search in."];
  const lines = results.flatMap(({ documentId, source, title, passage }) => [
    `${plainText(source)}${title === null ? "" : `  ${plainText(title)}`}`,
    `  ${plainText(passage)}`,
    `  ${documentId}`,
  ]);
  if (total === 0)
    lines.push('No kept document has these words. Fewer words find more; such as "the" and "of" are not looked for.');
  return [...lines, `${results.length} of ${total} ${total === 1 ? "passage" : "passages"} in ${runId}`];
}
