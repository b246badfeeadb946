/** International bank account numbers: a country's length and the check of ISO 13616, remainder 1 by 97. */
import type { Candidate } from "./candidate.ts";

/** Length by country, from the SWIFT IBAN registry, release 99. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 " +
    "FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 " +
    "LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 " +
    "SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
const START = /(?<![\p{L}\p{N}_])[A-Z]{2}\d{2}/giu;
const LONGEST_WRITTEN = 34 + 9;

/** Finds IBANs, in one run or in groups with single spaces or dashes, in capitals or not. */
export function ibanCodes(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const { 0: match, index } of text.matchAll(START)) {
    const length = LENGTHS.get(match.slice(0, 2).toUpperCase());
    if (length === undefined) continue;
    const code = take(text.slice(index, index + LONGEST_WRITTEN), length);
    if (code === undefined || remainder(code.digits) !== 1) continue;
    const end = index + code.written;
    if (/^[\p{L}\p{N}_]/u.test(text.slice(end, end + 2))) continue;
    found.push({ start: index, end, score: 1 });
  }
  return found;
}

/** Takes `length` letters and digits from the start, with at most one separator between two, after each fourth only. */
function take(text: string, length: number): { digits: string; written: number } | undefined {
  let digits = "";
  let at = 0;
  for (; digits.length < length && at < text.length; at++) {
    const character = text[at] ?? "";
    if (/[A-Za-z0-9]/.test(character)) digits += character.toUpperCase();
    else if (!/[ \u00a0-]/.test(character) || digits.length % 4 !== 0 || !/[A-Za-z0-9]/.test(text[at - 1] ?? ""))
      return undefined;
  }
  return digits.length === length ? { digits, written: at } : undefined;
}

/** Remainder by 97 of the number that the code stands for: the first four characters last, and A = 10 to Z = 35. */
function remainder(code: string): number {
  let rest = 0;
  for (const character of code.slice(4) + code.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
