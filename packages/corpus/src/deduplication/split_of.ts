/** The split of a corpus into training and validation documents. */
import { hashText } from "./string_hash.ts";

/**
 * Says on which side a document stands. All copies of a text stand on one side, because the side hangs on the representative of
 * their cluster; a new version of the corpus moves no document, because nothing else is asked. A larger fraction only moves
 * documents from training to validation.
 * @param representativeId Id of the representative of the document's cluster.
 * @param fraction Expected share of clusters in validation, in [0, 1].
 * @throws {RangeError} If the fraction is outside [0, 1].
 */
export function splitOf(representativeId: string, fraction: number): "train" | "validation" {
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RangeError(`Cannot split documents: found a validation fraction of ${fraction}, wanted one in [0, 1]`);
  }
  return hashText(representativeId) < fraction * 2 ** 32 ? "validation" : "train";
}
