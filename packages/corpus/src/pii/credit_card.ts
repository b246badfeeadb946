/** Payment card numbers: an issuer's range and length, and the Luhn check digit, which one number in ten meets by chance. */
import type { Candidate } from "./candidate.ts";
import { hasContext, standsFree } from "./surroundings.ts";

const NUMBER = /\d(?:[ -]?\d){11,18}/g;
/** Groups as cards are printed: four digits each, or 4-6-5 and 4-6-4 of American Express and Diners Club. */
const GROUPS =
  /^(?:\d{12,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5}|\d{4}([ -])\d{4}\3\d{4}\3\d{4}\3\d{1,3})$/;
/** Issuer identification ranges (ISO/IEC 7812) and the lengths that are issued. */
const ISSUERS: readonly RegExp[] = [
  /^4(?:\d{12}|\d{15}|\d{18})$/, // Visa
  /^(?:5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12})$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^(?:6011|64[4-9]\d|65\d{2})\d{12,15}$/, // Discover
  /^3(?:0[0-59]|[689]\d)\d{11,16}$/, // Diners Club
  /^(?:35(?:2[89]|[3-8]\d)\d{12,15}|(?:2131|1800)\d{11})$/, // JCB
  /^(?:62|81)\d{14,17}$/, // UnionPay
  /^(?:5018|5020|5038|5[678]\d{2}|6304|6390|6759|676[1-3])\d{8,15}$/, // Maestro
];
const CONTEXT =
  /\b(?:credit|debit|cards?|visa|master ?card|amex|american express|discover|diners|jcb|maestro|cvv|cvc|cc)\b/i;

/** Finds card numbers, in one run or in printed groups. */
export function creditCards(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const { 0: match, index } of text.matchAll(NUMBER)) {
    const end = index + match.length;
    const digits = match.replace(/\D/g, "");
    if (!GROUPS.test(match) || !ISSUERS.some((issuer) => issuer.test(digits)) || !hasLuhnDigit(digits)) continue;
    if (!standsFree(text, index, end)) continue;
    const usual = digits.length === 16 || match.length > digits.length;
    const score = hasContext(text, index, end, CONTEXT) ? 1 : usual ? 0.7 : 0.4;
    found.push({ start: index, end, score });
  }
  return found;
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
