/**
 * English word and sentence boundaries as spaCy's rule tokenizer draws them, which the published filters count with: split at
 * white space, peel marks off both ends, then split inside at hyphens and the like. Contractions come apart ("do", "n't"),
 * common abbreviations and addresses of the web stay whole. Left out against spaCy: the rarer emoticons, and units glued to numbers in
 * other scripts than Latin. A test compares both on recorded texts.
 * @see https://spacy.io/usage/linguistic-features#how-tokenizer-works
 */
import { isTerminal } from "./punctuation.ts";
import { splitAtSpace } from "./text_lines.ts";

const LETTERS = /^[A-Za-z]+$/;
const PREFIX =
  /^(?:\.\.+|(?:US|C|A)\$|\+(?![0-9])|[§%=—–…,:;!?¿؟¡()[\]{}<>_#*&。？！，、；：～·।،۔؛٪'"”“`‘´’‚„»«「」『』（）〔〕【】《》〈〉⟦⟧\p{Sc}\p{So}])/u;
const SUFFIX_MARK =
  /^[…,:;!?¿؟¡()[\]{}<>_#*&。？！，、；：～·।،۔؛٪'"”“`‘´’‚„»«「」『』（）〔〕【】《》〈〉⟦⟧—–\p{So}]$/u;
const SUFFIX_AFTER_DIGIT =
  /[0-9](\+|\p{Sc}|(?:km|m|dm|cm|mm)[²³]?|ha|µm|nm|yd|in|ft|kg|g|mg|µg|t|lb|oz|m\/s|km\/h|kmh|mph|hPa|Pa|mbar|mb|MB|kb|KB|gb|GB|tb|TB|T|G|M|K|%)$/u;
const FULL_STOP_AFTER = /(?:[0-9\p{Ll}\p{Lo}%²\-+'"”“`‘´’‚,„»«…:;!?¿؟¡()[\]{}<>_#*&]|[\p{Lu}\p{Lo}][\p{Lu}\p{Lo}])\.$/u;
const INFIX =
  /\.\.+|…|\p{So}|(?<=[0-9])[+\-*^](?=[0-9-])|(?<=[\p{Ll}\p{Lo}'"”“`‘´’‚,„»«])\.(?=[\p{Lu}\p{Lo}'"”“`‘´’‚,„»«])|(?<=\p{L}),(?=\p{L})|(?<=[\p{L}0-9])(?:--+|[-–—~])(?=\p{L})|(?<=[\p{L}0-9])[:<>=/](?=\p{L})/gu;
const ADDRESS =
  /^(?:[\w+.-]{2,}:\/\/)?(?:[^\s@]+@)?(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.[a-z]{2,63}|\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\d{2,5})?(?:[/?#]\S*)?$/u;
const CLOCK = /^(\d{1,2})(a\.m\.|am|p\.m\.|pm)$/;

const CONTRACTIONS = [
  /^(i)(['’]?(?:m|ll|d))?(['’]?ve)?$/,
  /^(he|she|it)(['’]?(?:ll|d|s))?(['’]?ve)?$/,
  /^(you|we|they)(['’]?(?:ll|d|re))?(['’]?ve)?$/,
  /^(who|what|when|where|why|how|there|that|this|these|those)(['’]?(?:ll|d|s|re))?(['’]?ve)?$/,
  /^(ca|could|do|does|did|had|may|might|must|need|ought|sha|should|wo|would|is|are|was|were|has|have|dare|ai)(n['’]?t)(['’]?ve)?$/,
  /^(could|might|must|should|would)(['’]?ve)$/,
];
/** The endings of all of them: most words have none, and need no further look. */
const CONTRACTED = /(?:[mds]|ll|re|ve|n['’]?t)$/;
const NOT_CONTRACTIONS = new Set(["ill", "its", "hell", "shell", "shed", "were", "well", "whore"]);
const PAIRS: ReadonlyMap<string, number> = new Map([
  ["cannot", 3],
  ["gonna", 3],
  ["gotta", 3],
]);
const ABBREVIATIONS = new Set(
  (
    "Adm. Ak. Ala. Apr. Ariz. Ark. Aug. Bros. Calif. Co. Colo. Conn. Corp. D.C. Dec. Del. Dr. E.G. E.g. Feb. Fla. Ga. Gen. " +
    "Gov. I.E. I.e. Ia. Id. Ill. Inc. Ind. Jan. Jr. Jul. Jun. Kan. Kans. Ky. La. Ltd. Mar. Mass. Md. Messrs. Mich. Minn. " +
    "Miss. Mo. Mont. Mr. Mrs. Ms. Mt. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Nov. Oct. Okla. Ore. Pa. Ph.D. Prof. " +
    "Rep. Rev. S.C. Sen. Sep. Sept. St. Tenn. Va. Wash. Wis. a.m. co. e.g. i.e. p.m. v.s. vs. and/or w/o C++ ma'am o'clock " +
    "'re 's 'd 'll 'em 'cause :) :-) :( :-( ;) ;-) :D :-D :P :-P :p :-p :* :-* :/ :-/ :| :-| :o :O :] :} :> :3 :0 :1 :x :X =) =( " +
    "=D =/ =] =[ =| (: (; (= (-: ): )-: [: [= ]= 8) 8-) 8D XD xD <3 </3 0.0 o.o O.O o_o O_O -_- ^_^ >.< '' \\n \\t \\\")"
  ).split(" "),
);
/** No contraction or abbreviation is longer; it keeps a look-up from hashing a megabyte. */
const LONGEST_SPECIAL = 16;

/** Words of pieces between white space which were split already; most pieces of a text stand in it again. */
export type KnownPieces = Map<string, readonly string[]>;

/**
 * Splits a text into words and marks, in order. White space is not part of any.
 * @param known Pieces known from another view of the same text; what is new is added.
 */
export function splitWords(text: string, known: KnownPieces = new Map()): string[] {
  const words: string[] = [];
  for (const piece of splitAtSpace(text)) {
    let parts = known.get(piece);
    if (parts === undefined) {
      parts = splitPiece(piece);
      known.set(piece, parts);
    }
    for (const part of parts) words.push(part);
  }
  return words;
}

/** Counts sentences: one ends at a terminal mark, the next begins at the first word which is not a mark. */
export function countSentences(words: readonly string[]): number {
  let sentences = words.length === 0 ? 0 : 1;
  let ended = false;
  for (const word of words) {
    if (isTerminalWord(word)) ended = true;
    else if (ended && !isMark(word)) {
      sentences++;
      ended = false;
    }
  }
  return sentences;
}

function isTerminalWord(word: string): boolean {
  return word.length <= 2 && isTerminal(word) && [...word].length === 1;
}

const MARK_ONLY = /^[\p{P}]+$/u;

function isMark(word: string): boolean {
  return MARK_ONLY.test(word);
}

const FACE = /[:;=]|''/;

/** Puts marks that were peeled apart but are one sign together again, from left to right, as spaCy's last pass does. */
function joinFaces(words: string[]): void {
  let end = 0;
  for (let index = 0; index < words.length; index++) {
    const pair = (words[index] ?? "") + (words[index + 1] ?? "");
    const joined = index + 1 < words.length && pair.length <= 3 && ABBREVIATIONS.has(pair);
    words[end++] = joined ? pair : (words[index] ?? "");
    if (joined) index++;
  }
  words.length = end;
}

function special(piece: string): readonly string[] | undefined {
  if (piece.length > LONGEST_SPECIAL || piece.length === 0) return undefined;
  if (ABBREVIATIONS.has(piece)) return [piece];
  if (piece.length === 2 && piece.endsWith(".") && /^[a-zäöü]/.test(piece)) return [piece];
  const lower = piece.charAt(0).toLowerCase() + piece.slice(1);
  if (NOT_CONTRACTIONS.has(lower)) return undefined;
  const cut = PAIRS.get(lower);
  if (cut !== undefined) return [piece.slice(0, cut), piece.slice(cut)];
  const [, base, middle, last] = contraction(lower) ?? CLOCK.exec(piece) ?? [];
  if (base === undefined || (middle === undefined && last === undefined)) return undefined;
  return [piece.slice(0, base.length), ...[middle, last].filter((part) => part !== undefined)];
}

function contraction(lower: string): RegExpExecArray | null {
  if (!CONTRACTED.test(lower)) return null;
  for (const form of CONTRACTIONS) {
    const found = form.exec(lower);
    if (found !== null) return found;
  }
  return null;
}

function splitPiece(piece: string): string[] {
  const words: string[] = [];
  // Letters alone have no marks to peel off. Asked once only: on every round it would cost the square of a long piece.
  if (LETTERS.test(piece)) return [...(special(piece) ?? [piece])];
  let middle = piece;
  const tail: string[] = [];
  let whole = special(middle);
  while (whole === undefined && middle !== "") {
    const prefix = PREFIX.exec(middle)?.[0] ?? "";
    if (prefix !== "") {
      words.push(prefix);
      middle = middle.slice(prefix.length);
      whole = special(middle);
      if (whole !== undefined) break;
    }
    const suffix = suffixOf(middle);
    if (suffix !== "") {
      tail.push(suffix);
      middle = middle.slice(0, middle.length - suffix.length);
      whole = special(middle);
    }
    if (prefix === "" && suffix === "") break;
  }
  if (whole !== undefined) words.push(...whole);
  else if (middle !== "") splitInside(middle, words);
  for (let index = tail.length - 1; index >= 0; index--) words.push(tail[index] ?? "");
  if (FACE.test(piece)) joinFaces(words);
  return words;
}

function suffixOf(text: string): string {
  if (/['’][sS]$/.test(text.slice(-2))) return text.slice(-2);
  const ending = text.slice(-8);
  const dots = /\.\.+$/.exec(ending);
  if (dots !== null) return dots[0];
  const afterDigit = SUFFIX_AFTER_DIGIT.exec(ending)?.[1];
  if (afterDigit !== undefined) return afterDigit;
  if (text.endsWith(".")) return FULL_STOP_AFTER.test(ending) ? "." : "";
  const last = ending.charCodeAt(ending.length - 1);
  const mark = ending.slice(last >= 0xdc00 && last <= 0xdfff ? -2 : -1);
  return SUFFIX_MARK.test(mark) ? mark : "";
}

function splitInside(piece: string, words: string[]): void {
  if (LETTERS.test(piece) || ADDRESS.test(piece)) {
    words.push(piece);
    return;
  }
  let start = 0;
  for (const { 0: mark, index } of piece.matchAll(INFIX)) {
    // spaCy drops an infix at the very start: a piece never begins with an empty word.
    if (index === 0) continue;
    if (index > start) words.push(piece.slice(start, index));
    words.push(mark);
    start = index + mark.length;
  }
  if (start < piece.length) words.push(piece.slice(start));
}
