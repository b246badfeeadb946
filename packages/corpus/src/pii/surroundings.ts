/** What stands around a candidate: most numbers mean something only by the words beside them. */

/** UTF-16 units looked at on either side; a constant, so that all candidates together cost linear time. */
export const BEFORE = 48;
export const AFTER = 16;

/** Says whether a word stands near a candidate: on the same line or the one before, or right after it. */
export function hasContext(text: string, start: number, end: number, words: RegExp): boolean {
  return words.test(text.slice(Math.max(0, start - BEFORE), start)) || words.test(text.slice(end, end + AFTER));
}

/**
 * Says whether a candidate stands free: no letter, digit, or sign that makes it part of something longer, touches it. A comma does not:
 * it parts the fields of a row.
 */
export function standsFree(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  return (
    !/[\p{L}\p{N}_]$|[\p{N}][.:/-]$|[#$€£=/.@-]$/u.test(before) && !/^[\p{L}\p{N}_]|^[.:/-]\p{N}|^[@=%]/u.test(after)
  );
}
