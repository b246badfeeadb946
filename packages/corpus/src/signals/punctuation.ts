/**
 * The two sets of marks which the FineWeb filters count with: what ends a line or a sentence, and what is not part of a word.
 * @see https://github.com/huggingface/datatrove src/datatrove/utils/text.py (TERMINAL_PUNCTUATION, PUNCTUATION)
 */

/** Marks of Unicode's Sentence_Terminal which the published set leaves out, and three Khmer signs which it adds. */
const NOT_TERMINAL = new Set("᭎᭏᭿․⳹⳺⳻︒︕︖𑏔𑏕𖵮𖵯");
const TERMINAL_TOO = new Set("៖៙៚");
const SENTENCE_TERMINAL = /^\p{Sentence_Terminal}$/u;

const MARKS = "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»";

/** Says whether a character ends a sentence, in any script. */
export function isTerminal(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code < 0x80) return code === 0x2e || code === 0x21 || code === 0x3f;
  if (TERMINAL_TOO.has(character)) return true;
  return SENTENCE_TERMINAL.test(character) && !NOT_TERMINAL.has(character);
}

/** Says whether a text ends in a terminal mark. */
export function endsInTerminal(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  const units = last >= 0xdc00 && last <= 0xdfff ? 2 : 1;
  return text.length >= units && isTerminal(text.slice(-units));
}

const PLAIN = new Set([...MARKS, ...controlCharacters()]);

function controlCharacters(): string[] {
  const characters: string[] = [];
  for (let code = 0; code < 0xa0; code++) {
    // Tab and line feed are not in the published ranges: they are white space.
    const listed = (code < 32 && code !== 9 && code !== 10) || code >= 127;
    if (listed) characters.push(String.fromCharCode(code));
  }
  return characters;
}

/** Says whether a character is punctuation or a control character. Terminal marks count as punctuation. */
function isPunctuation(character: string): boolean {
  return PLAIN.has(character) || isTerminal(character);
}

/** Says whether a character becomes a space when text is normalised for comparison: {@link isPunctuation} without the rarer terminal marks. */
export function isPlainPunctuation(character: string): boolean {
  return PLAIN.has(character);
}

/** Says whether a word has at least one character which is not punctuation. */
export function hasNonPunctuation(word: string): boolean {
  const first = word.charCodeAt(0);
  if ((first >= 0x61 && first <= 0x7a) || (first >= 0x41 && first <= 0x5a)) return true;
  for (const character of word) if (!isPunctuation(character)) return true;
  return false;
}
