import type { Artifacts } from "@millrace/artifacts";
import { type ArtifactRef, DocumentIndexLine } from "@millrace/contracts";

/** Finds the document that a token of a shard belongs to. */
export type DocumentOf = (at: number) => DocumentIndexLine;

/**
 * Reads a shard's index of documents. Its lines stand in the order of ids, which is the order of the tokens too.
 * @throws {RangeError} From the result, if the token lies before the first document.
 */
export async function documentLines(artifacts: Artifacts, index: ArtifactRef): Promise<DocumentOf> {
  const lines = new TextDecoder().decode(await artifacts.bytes(index.sha256)).split("\n");
  const read = (line: number): DocumentIndexLine => DocumentIndexLine.parse(JSON.parse(lines[line] ?? ""));
  // What follows the last line feed is empty.
  const count = lines.length - 1;
  return (at) => {
    // The last line that begins at or before the token.
    let [low, high] = [0, count];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (read(middle).from <= at) low = middle;
      else high = middle;
    }
    const found = read(low);
    if (at < found.from || at >= found.to) {
      throw new RangeError(`looking for token ${at} in index ${index.sha256}: found no document that holds it`);
    }
    return found;
  };
}
