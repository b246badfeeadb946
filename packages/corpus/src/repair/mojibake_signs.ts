/**
 * Does a text look like UTF-8 which was decoded in a single-byte charset? Judged by pairs of neighbours that hardly occur
 * in any language but always occur in such text: an accented letter before a currency or arithmetic sign, an opening quote
 * right behind an accented letter, a capital Â or Ã before a sign. Legitimate neighbours (É®, é…», Å™ at the end of a word
 * in capitals) are left out, so a true text stays as it is even where its bytes happen to be valid UTF-8.
 *
 * The idea of judging by unlikely neighbours is that of ftfy's badness heuristic (R. Speer); the classes are our own.
 */

const UPPER = "À-ÖØ-ÞŒŠŽ";
const LOWER = "ß-öø-ÿœšž";
const OPENING = "“‘«„‚¿¡‹";
const CLOSING = "…’”»–—™®©°ªº¹²³›\u00a0\u00ad";
const CURRENCY = "€£¥¢¤";
const SIGN = "¦§¨¬¯±´µ¶·¸¼½¾†‡ˆ˜‰•ƒŸ";
const CONTROL = "\u0080-\u009f";

const BAD_PAIRS: readonly string[] = [
  `[${UPPER}${LOWER}][${OPENING}${CURRENCY}${SIGN}]`,
  // Â and Ã lead the bytes of Latin-1's upper half, the most frequent of all; no text ends a word in them before a sign.
  `[ÂÃ][${CLOSING}ŠŒŽšœž×]`,
  // A capital in or before a small word, then a sign: cafÃ©, Ð°, Å™ before more letters.
  `(?:^|[^A-ZÀ-Þ])[ÄÅÐÑÎÏØÙÇÉÈ][${CLOSING}](?=[a-zß-ÿÂ-ß])`,
  `[a-zß-ÿ][ÄÅÐÑÎÏ][${CLOSING}ŠŒŽšœž]`,
  `[ÐÑ][${CLOSING}][ÐÑ]`,
  `[${LOWER}][ŸŠŒŽ][${OPENING}${CURRENCY}${SIGN}${CLOSING}]`,
  `[âãäåæçèéïð][${OPENING}${CLOSING}${CURRENCY}${SIGN}œšž][${CURRENCY}${SIGN}œ]`,
  `[${UPPER}${LOWER}][${CONTROL}]`,
  "Ã (?=[a-z ])",
  "â€|ï»¿|ï¿½",
];

const OTHER_CHARSETS: readonly string[] = [
  // Cyrillic read as windows-1251: Р or С before a character that never follows them, twice.
  "(?:[РС][°-¿‘-„†-‰‹›™Ђ-Џђ-џҐґ\u00a0]){2}|вЂ[™њќ“”˜¦\u201c]",
  // Macintosh, windows-1250, DOS.
  "√[©®†°±¥µªº∂∑∏π∫ΩæøÅ¶ß£§]|‚Ä[ôúùìî¶¢]|¬[©®´ª∫∞]",
  "[ĂĹÄ][©ˇłşµ¨˘ŁĽ\u00adľ‚„›‡±™˝źžťšś¦§]|â€[žś™ť“”¦]",
  "ΓÇ[ÖÿóôöÉª£¥ó]|├[⌐¡óíñª║╝╗╢╣ñ¬½¼«»á]|┬[⌐«»░ú¬]",
];

const MOJIBAKE = new RegExp([...BAD_PAIRS, ...OTHER_CHARSETS].join("|"), "u");

/** Tells whether a line holds signs of a wrong decoding. */
export function looksLikeMojibake(text: string): boolean {
  return MOJIBAKE.test(text);
}
