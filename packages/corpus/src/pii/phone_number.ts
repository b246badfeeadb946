/**
 * Telephone numbers. Without a checksum, form must decide: an international prefix, an area code in brackets, the American
 * 3-3-4 or a long number with a leading zero speak for themselves; any other groups of digits, or ten digits in a run, count
 * only beside a word such as "call". Dates, versions, amounts, books and cards are told apart by their own forms.
 */
import { type Candidate, LEAST_SCORE } from "./candidate.ts";
import { creditCards } from "./credit_card.ts";
import { hasContext } from "./surroundings.ts";

const NUMBER =
  /(?:\+ ?)?(?:\(\+?\d{1,5}\)[ .\u00a0-]?)?\d{1,14}(?:(?:[ .\u00a0/‑–-]|[ .-]?\(\d{1,5}\)[ .-]?)\d{1,14}){0,7}/g;
const EXTENSION = /^(?: ?(?:x|ext\.?|extension)[ .:]?)\d{1,6}(?!\d)/i;
const CONTEXT =
  /\b(?:tel|tele?phones?|phones?|mobile|cell(?:ular|phone)?|fax|office|call(?:ing|ed)?|dial(?:ing)?|reach(?: (?:me|us|you|him|her|them))?|answer(?:ing|s)?|sms|whatsapp|hotline|landline|ring|text(?: me| us)?|(?:my|your|his|her|our|their) number|contact|voicemail|handy|telefon|téléphone|teléfono|telefono|móvil)\b/i;
const BOOK = /\b(?:isbn|issn|doi|ean|upc|rfc|iso|port)\b/i;
const DATE =
  /^(?:(?:19|20)\d{2}[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|[12]\d|3[01])[-./ ](?:19|20)\d{2})(?!\d)/;
/** Ranges of years, years with a month, and American postal codes with their four further digits. */
const OTHER = /^(?:(?:1[5-9]|20)\d{2}[-–/ ](?:(?:1[5-9]|20)\d{2}|0[1-9]|1[0-2])|\d{5}-\d{4})$/;
/** A pair of hexadecimal digits in front: what follows is part of a dump of bytes. */
const BYTES_BEFORE = /(?:\b[0-9a-f]{2}|Buffer) $/i;
const AMERICAN = /^(?:1[ .-])?(?:\(\d{3}\) ?\d{3}[ .-]|\d{3}([.-])\d{3}\1|\d{3} \d{3}[ -])\d{4}$/;

/** Digits in threes behind a comma: those of a decimal fraction, as 0,057 721 566. */
const THREES = /^\d{3}(?:[ \u00a0]\d{3})*(?:[ \u00a0]\d{1,3})$/;

const FEWEST_DIGITS = 6;
const MOST_DIGITS = 15;

/** A form that speaks for itself scores as much at least. */
const CLEAR = 0.5;

/** Finds telephone numbers with their extension, also beside numbers of cards. */
export function phoneNumbers(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const { 0: match, index } of withoutCards(text).matchAll(NUMBER)) {
    const digits = match.replace(/\D/g, "");
    if (digits.length < FEWEST_DIGITS || digits.length > MOST_DIGITS) continue;
    const extension = EXTENSION.exec(text.slice(index + match.length, index + match.length + 20))?.[0] ?? "";
    const end = index + match.length + extension.length;
    if (!isFree(text, index, end) || DATE.test(match) || OTHER.test(match) || new Set(digits).size < 3) continue;
    if (hasContext(text, index, end, BOOK) || BYTES_BEFORE.test(text.slice(Math.max(0, index - 8), index))) continue;
    if (THREES.test(match) && /\p{N},$/u.test(text.slice(Math.max(0, index - 2), index))) continue;
    const form = scoreOfForm(match, digits, extension !== "");
    if (form === 0 || (form < CLEAR && besideComma(text, index, end))) continue;
    const score = hasContext(text, index, end, CONTEXT) ? Math.min(1, form + 0.35) : form;
    found.push({ start: index, end, score });
  }
  return found;
}

function isFree(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  // A name may hang on with a dash ("555-0123-Office"), a number or a file may not.
  return (
    !/[\p{L}\p{N}_#$€£¥=/.@%^*&~+(‑–-]$|\p{N}:$/u.test(before) &&
    !/^[\p{L}\p{N}_%°@=]|^[.:/‑–-]\p{N}|^[/)\]]\p{L}/u.test(after)
  );
}

/** A comma between digits parts the fields of a row, or thousands, or a decimal fraction. */
function besideComma(text: string, start: number, end: number): boolean {
  return /\p{N},$/u.test(text.slice(Math.max(0, start - 2), start)) || /^,\p{N}/u.test(text.slice(end, end + 2));
}

/** The text with a sign of no meaning for each digit and gap of a card's number that is reported, so that a number beside it ends there. */
function withoutCards(text: string): string {
  let rest = "";
  let from = 0;
  for (const { start, end, score } of creditCards(text)) {
    if (score < LEAST_SCORE) continue;
    rest += text.slice(from, start) + "\ufffc".repeat(end - start);
    from = end;
  }
  return rest + text.slice(from);
}

function scoreOfForm(match: string, digits: string, extended: boolean): number {
  const groups = match.split(/\D+/).filter((group) => group !== "");
  const lengths = groups.map((group) => group.length);
  const dots = match.includes(".");
  const national = lengths.length > 1 && lengths.slice(1).every((length) => length >= 2);
  if (/^\+ ?\(?[1-9]/.test(match)) return digits.length >= 8 ? (/^\+ \d+$/.test(match) ? 0.3 : 0.75) : 0;
  // A number with one dot is a decimal fraction.
  if (dots && (lengths.length < 3 || !national)) return 0;
  if (/^00[1-9]/.test(digits) && national && digits.length >= 11) return 0.65;
  if (AMERICAN.test(match)) return extended || !match.includes(" ") ? 0.65 : 0.55;
  if (/^\(\d{1,5}\)/.test(match)) return digits.length >= 7 && national ? 0.6 : 0.3;
  if (/^0[1-9]/.test(digits) && national && digits.length >= 9 && digits.length <= 12 && lengths[0] !== 1) return 0.5;
  if (lengths.length === 1) return digits.length >= 10 && digits.length <= 12 ? 0.2 : 0;
  return national && lengths[0] !== 1 && lengths.length <= 5 ? 0.25 : 0;
}
