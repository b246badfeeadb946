/**
 * Words as a language writes them. The words of the published filters stand between spaces, and a whole Chinese line is one of
 * them. Where a script has no spaces between words each of its letters counts as a word: coarse, and the same everywhere, while
 * dictionaries such as those of `Intl.Segmenter` differ from version to version.
 */
import { gopherQuality, type GopherQuality } from "./gopher_quality.ts";
import { hasNonPunctuation } from "./punctuation.ts";
import { codePoints } from "./text_lines.ts";

/** A letter of Han, Hiragana, Katakana, Thai, Lao, Khmer or Myanmar, with the signs that are set on it. */
const LETTER_WITHOUT_SPACES =
  /(?=[\p{L}\p{Nl}])[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]\p{M}*/gu;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** A mean that every policy lets pass: that of English. */
const USUAL_WORD_LENGTH = 4.7;

/** Says whether a word has a letter of a script that is written without spaces. */
function isUnspaced(word: string): boolean {
  return word.search(LETTER_WITHOUT_SPACES) >= 0;
}

/**
 * Takes words apart that stand in scripts without spaces: `["Nodeは速い", "."]` becomes `["は", "速", "い", "Node", "."]`. What is left of
 * such a word, in other scripts, is a word if it has a letter or a digit.
 * @param words See `splitWords`.
 * @returns The very list that was given when nothing in it is to be taken apart.
 */
function writtenWords(words: readonly string[]): readonly string[] {
  if (!words.some(isUnspaced)) return words;
  return words.flatMap((word) => {
    const letters = word.match(LETTER_WITHOUT_SPACES);
    if (letters === null) return [word];
    const others = word.replace(LETTER_WITHOUT_SPACES, " ").split(" ");
    return [...letters, ...others.filter((other) => LETTER_OR_DIGIT.test(other))];
  });
}

/**
 * Mean code points of the words that are written with spaces. Where they are fewer than half they are numbers and names, which
 * say nothing of the text: then it is {@link USUAL_WORD_LENGTH}.
 * @param words Words without marks, see {@link writtenWords}.
 */
function meanSpacedLength(words: readonly string[]): number {
  const spaced = words.filter((word) => !isUnspaced(word));
  if (spaced.length * 2 < words.length) return USUAL_WORD_LENGTH;
  return spaced.reduce((sum, word) => sum + codePoints(word), 0) / Math.max(1, spaced.length);
}

/** Gopher's signals with words counted as they are written; the same as Gopher's where all are written with spaces. */
export function writtenQuality(text: string, words: readonly string[]): GopherQuality {
  const written = writtenWords(words);
  const quality = gopherQuality(text, written);
  if (written === words) return quality;
  return { ...quality, meanWordLength: meanSpacedLength(written.filter(hasNonPunctuation)) };
}

/** Counts words that are not pure punctuation, as they are written. */
export function countWrittenWords(words: readonly string[]): number {
  return writtenWords(words).filter(hasNonPunctuation).length;
}
