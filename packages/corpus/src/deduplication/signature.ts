/**
 * MinHash signatures over word 5-grams with FineWeb's shape: 14 buckets of 8 hashes. Two documents agree in one hash with the
 * probability of their Jaccard similarity s, and in some whole bucket with 1 - (1 - s^8)^14: .53 at s = .69, .92 at s = .8.
 * Each word is hashed once and 5-grams roll over these integers, since hashing strings is what makes plain MinHash slow.
 *
 * Against datatrove: hashes are 32 bits of our own permutations, so that signatures are not interchangeable; words end at
 * spaces of the normal text; and each letter of a script without spaces between words (Han, kana, Thai, ...) is a word.
 * @see Broder 1997, "On the resemblance and containment of documents".
 */
import { mix32 } from "./string_hash.ts";
import { normalText } from "./normal_text.ts";

/** Buckets of a signature, and hashes in each. */
export const BUCKETS = 14;
export const HASHES_PER_BUCKET = 8;
/** Hashes of a signature, of 4 bytes each: 448 bytes a document. */
export const SIGNATURE_LENGTH = BUCKETS * HASHES_PER_BUCKET;
/** Changes when the same text gets another signature; stored signatures of different versions may not be compared. */
export const SIGNATURE_VERSION = 1;

const SHINGLE_WORDS = 5;
const SEED = 1;
const ROLL = 0x2c1b3c6d;
const ROLL_OUT = [1, 2, 3, 4].reduce((power) => Math.imul(power, ROLL), 1);
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const MULTIPLIERS = Int32Array.from(
  { length: SIGNATURE_LENGTH },
  (_, index) => mix32(SEED * 0x9e3779b1 + 2 * index) | 1,
);
const OFFSETS = Int32Array.from({ length: SIGNATURE_LENGTH }, (_, index) => mix32(SEED * 0x9e3779b1 + 2 * index + 1));

/**
 * Makes the signature of a text. A text of fewer than five words is one 5-gram of all it has; one without words has none, and a
 * signature of only 2^32 - 1.
 * @returns Shape (112,): for each permutation the least hash of a 5-gram; bucket b is entries 8b to 8b + 7.
 */
export function signature(text: string): Uint32Array {
  const words = wordHashes(normalText(text));
  if (words.length === 0) return new Uint32Array(SIGNATURE_LENGTH).fill(0xffffffff);
  return minimaOf(shingleHashes(words));
}

/**
 * Makes the signature of a set that is hashed already.
 * @param shingles Hashes of the elements, well mixed, in any order; repeated ones change nothing.
 */
export function minimaOf(shingles: Iterable<number>): Uint32Array {
  const minima = new Uint32Array(SIGNATURE_LENGTH).fill(0xffffffff);
  for (const shingle of shingles) {
    for (let index = 0; index < SIGNATURE_LENGTH; index++) {
      const hash = (Math.imul(shingle, MULTIPLIERS[index] as number) + (OFFSETS[index] as number)) >>> 0;
      if (hash < (minima[index] as number)) minima[index] = hash;
    }
  }
  return minima;
}

/** Says whether a signature is of a text with words. Texts without any are alike only when they are equal. */
export function hasWords(signatureOfText: Uint32Array): boolean {
  return signatureOfText.some((hash) => hash !== 0xffffffff);
}

/**
 * Estimates the Jaccard similarity of two texts from their signatures.
 * @returns Estimate in [0, 1]; standard error sqrt(s(1 - s) / 112), .043 at .7.
 * @throws {RangeError} If a signature has another length than 112.
 */
export function similarity(a: Uint32Array, b: Uint32Array): number {
  if (a.length !== SIGNATURE_LENGTH || b.length !== SIGNATURE_LENGTH) {
    throw new RangeError(
      `Cannot compare signatures of ${a.length} and ${b.length} hashes, wanted ${SIGNATURE_LENGTH} each`,
    );
  }
  let equal = 0;
  for (let index = 0; index < SIGNATURE_LENGTH; index++) if (a[index] === b[index]) equal++;
  return equal / SIGNATURE_LENGTH;
}

function wordHashes(normal: string): Uint32Array {
  const hashes = new Uint32Array(normal.length);
  let count = 0;
  let hash = 0;
  const end = (): void => {
    if (hash !== 0) hashes[count++] = mix32(hash);
    hash = 0;
  };
  for (let index = 0; index < normal.length; index++) {
    const unit = normal.charCodeAt(index);
    if (unit === 0x20) end();
    else if (unit >= 0x0e00 && UNSPACED.test(String.fromCharCode(unit))) {
      end();
      hash = unit;
      end();
    } else hash = Math.imul((hash === 0 ? 0x811c9dc5 : hash) ^ unit, 0x01000193) | 0;
  }
  end();
  return hashes.subarray(0, count);
}

function shingleHashes(words: Uint32Array): Uint32Array {
  const size = Math.min(SHINGLE_WORDS, words.length);
  const shingles = new Uint32Array(words.length - size + 1);
  let rolling = 0;
  for (let index = 0; index < words.length; index++) {
    if (index >= size) rolling -= Math.imul(words[index - size] as number, ROLL_OUT);
    rolling = (Math.imul(rolling, ROLL) + (words[index] as number)) | 0;
    if (index >= size - 1) shingles[index - size + 1] = mix32(rolling);
  }
  return shingles;
}
