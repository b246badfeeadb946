/** Payment card numbers: an issuer's range and length, and the Luhn check digit, which one number in ten meets by chance. */
import type { Candidate } from "./candidate.ts";
import { hasContext, standsFree } from "./surroundings.ts";

/** Digits in groups, one character apart: a number, or several beside each other, as in the rows of a table. */
const RUN = /\d+(?:[ -]\d+)*/g;
const FEWEST_DIGITS = 12;
const MOST_DIGITS = 19;
/** Groups as cards are printed: four digits each, or 4-6-5 and 4-6-4 of American Express and Diners Club. */
const GROUPS =
  /^(?:\d{12,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}|\d{4}([ -])\d{4}\3\d{4}\3\d{4}\3\d{1,3})$/;
/** The usual form, which also stands in rows of four-digit numbers. */
const FOURS = /^\d{4}(?:[ -]\d{4}){3}$/;
/** Issuer identification ranges (ISO/IEC 7812) and the lengths that are issued. */
const ISSUERS: readonly RegExp[] = [
  /^4(?:\d{12}|\d{15}|\d{18})$/, // Visa
  /^(?:5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12})$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^(?:6011|64[4-9]\d|65\d{2})\d{12,15}$/, // Discover
  /^3(?:0[0-59]|[689]\d)\d{11,16}$/, // Diners Club
  /^(?:35(?:2[89]|[3-8]\d)\d{12,15}|(?:2131|1800)\d{11})$/, // JCB
  /^(?:62\d{2}|81(?:[0-6]\d|7[01]))\d{12,15}$/, // UnionPay
  /^(?:5018|5020|5038|5[678]\d{2}|6304|6390|6759|676[1-3])\d{8,15}$/, // Maestro
];
const CONTEXT =
  /\b(?:credit|debit|cards?|visa|master ?card|amex|american express|discover|diners|jcb|maestro|cvv|cvc|cc)\b/i;

/** Finds card numbers, in one group or in printed ones, also beside other numbers. */
export function creditCards(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (run.length < FEWEST_DIGITS) continue;
    const groups = [...run.matchAll(/\d+/g)].map(({ 0: digits, index: at }) => ({
      start: index + at,
      end: index + at + digits.length,
    }));
    const cards: Card[] = [];
    for (let first = 0; first < groups.length; first++) {
      const last = lastGroup(text, groups, first);
      if (last === undefined) continue;
      cards.push({ first, last });
      first = last;
    }
    for (const [at, card] of cards.entries()) {
      const [start, end] = [groups[card.first]?.start ?? 0, groups[card.last]?.end ?? 0];
      const inRow = isInRow(text, groups, card, cards[at - 1], cards[at + 1]);
      found.push({ start, end, score: scoreOf(text, start, end, inRow) });
    }
  }
  return found;
}

interface Group {
  readonly start: number;
  readonly end: number;
}

/** Places of a card's groups in their run. */
interface Card {
  readonly first: number;
  readonly last: number;
}

/** Says whether a card may be a stretch of a row of four-digit numbers, of which one in sixty or so passes every check. */
function isInRow(
  text: string,
  groups: readonly Group[],
  { first, last }: Card,
  before: Card | undefined,
  after: Card | undefined,
): boolean {
  const [from, to] = [groups[first] as Group, groups[last] as Group];
  if (!FOURS.test(text.slice(from.start, to.end))) return false;
  const gap = text[from.end];
  const isFour = (group: Group | undefined): boolean => group !== undefined && group.end - group.start === 4;
  return (
    (text[from.start - 1] === gap && isFour(groups[first - 1]) && before?.last !== first - 1) ||
    (text[to.end] === gap && isFour(groups[last + 1]) && after?.first !== last + 1)
  );
}

/** The last group of the longest card number that begins with a group. */
function lastGroup(text: string, groups: readonly Group[], first: number): number | undefined {
  let longest: number | undefined;
  let digits = 0;
  const start = groups[first]?.start ?? 0;
  for (let last = first; last < groups.length; last++) {
    const { start: from, end } = groups[last] as Group;
    digits += end - from;
    if (digits > MOST_DIGITS) break;
    if (digits >= FEWEST_DIGITS && isCard(text.slice(start, end)) && standsFree(text, start, end)) longest = last;
  }
  return longest;
}

function isCard(number: string): boolean {
  const digits = number.replace(/\D/g, "");
  return GROUPS.test(number) && ISSUERS.some((issuer) => issuer.test(digits)) && hasLuhnDigit(digits);
}

function scoreOf(text: string, start: number, end: number, inRow: boolean): number {
  if (hasContext(text, start, end, CONTEXT)) return 1;
  if (inRow) return 0.4;
  const digits = text.slice(start, end).replace(/\D/g, "").length;
  return digits === 16 || end - start > digits ? 0.7 : 0.4;
}

/** Checks the last digit of a number. @see ISO/IEC 7812-1, annex B. */
function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 0x30;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
