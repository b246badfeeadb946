/**
 * Finds personal data which has a structure: numbers with checksums and ranges, addresses with a syntax. Each type has one
 * recogniser, which scores what it finds from form and checks; words nearby ("call", "card", "SSN") can raise a score. Names
 * and places need a language model and are not looked for; passwords have no form.
 *
 * Every recogniser takes time linear in the text. Type names are Presidio's, so that results can be compared; it has none for credentials.
 */
import { type Candidate, LEAST_SCORE } from "./candidate.ts";
import { credentials } from "./credential.ts";
import { creditCards } from "./credit_card.ts";
import { emailAddresses } from "./email_address.ts";
import { ibanCodes } from "./iban_code.ts";
import { ipAddresses } from "./ip_address.ts";
import { phoneNumbers } from "./phone_number.ts";
import { urls } from "./url.ts";
import { usSsns } from "./us_ssn.ts";

/** Personal data found in a text. */
export interface PiiSpan extends Candidate {
  readonly type: PiiType;
}

const RECOGNISERS = {
  EMAIL_ADDRESS: emailAddresses,
  PHONE_NUMBER: phoneNumbers,
  CREDIT_CARD: creditCards,
  IBAN_CODE: ibanCodes,
  IP_ADDRESS: ipAddresses,
  US_SSN: usSsns,
  CREDENTIAL: credentials,
  URL: urls,
} as const satisfies Readonly<Record<string, (text: string) => Candidate[]>>;

/** Types that can be found, by Presidio's names. */
export type PiiType = keyof typeof RECOGNISERS;

/** All types. */
export const PII_TYPES = Object.keys(RECOGNISERS) as readonly PiiType[];

/** Types which point at a person, or let one in. Addresses of the web do not, and a corpus keeps them. */
export const PERSONAL_TYPES: readonly PiiType[] = PII_TYPES.filter((type) => type !== "URL");

/**
 * Finds personal data.
 * @param types Types to look for.
 * @returns Spans that do not overlap, in order of the text. Of two that would, the one with the higher score stays, then the longer.
 */
export function findPersonalData(text: string, types: readonly PiiType[] = PII_TYPES): PiiSpan[] {
  const found = types
    .flatMap((type) => RECOGNISERS[type](text).map((candidate): PiiSpan => ({ type, ...candidate })))
    .filter(({ score }) => score >= LEAST_SCORE)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: PiiSpan[] = [];
  for (const span of found) {
    const last = kept.at(-1);
    if (last === undefined || span.start >= last.end) kept.push(span);
    else if (outranks(span, last)) kept[kept.length - 1] = span;
  }
  return kept;
}

function outranks(span: PiiSpan, other: PiiSpan): boolean {
  if (span.score !== other.score) return span.score > other.score;
  return span.end - span.start > other.end - other.start;
}
