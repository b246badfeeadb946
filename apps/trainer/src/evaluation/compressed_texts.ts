/** What gzip compresses in place of the documents. */
import { TOKEN_MARKS } from "@millrace/contracts";
import { joined } from "./gather.ts";
import { type EvaluationInput, rangesOf } from "./measure.ts";

/**
 * Each document alone, and the answers of all conversations as one text: an answer may be one word, to which the header of a
 * compressed file of its own would add more than it says.
 */
export function compressedTexts({
  documents,
  lengths,
  marks,
}: Pick<EvaluationInput, "documents" | "lengths" | "marks">): Uint8Array[] {
  if (marks === undefined) return [...documents];
  const ranges = rangesOf(lengths);
  const isDocument = (at: number): boolean => marks[ranges[at]!.from] === TOKEN_MARKS.document;
  const answers = documents.filter((_, at) => !isDocument(at));
  if (answers.length === 0) return [...documents];
  return [...documents.filter((_, at) => isDocument(at)), joined(answers, Uint8Array)];
}
