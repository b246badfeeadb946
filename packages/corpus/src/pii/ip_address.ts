/**
 * Addresses of the Internet Protocol, versions 4 and 6. Addresses of no host are left out (loopback, unspecified, masks, whole
 * networks), and so are numbers of four parts which a word nearby calls a version.
 */
import type { Candidate } from "./candidate.ts";
import { AFTER, BEFORE, hasContext, standsFree } from "./surroundings.ts";

const V4 = /\d{1,3}(?:\.\d{1,3}){3}/g;
const V6 = /(?<![\p{L}\p{N}_:.])(?:[0-9a-f]{0,4}:){2,8}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})(?![\p{L}\p{N}_:])/giu;
const CONTEXT =
  /\b(?:ip|ipv[46]|ips|address(?:es)?|hosts?|servers?|clients?|ping|dns|dhcp|gateway|router|subnet|firewall|(?:name|proxy) ?server|resolver|vpn|ssh|connect(?:ed|ing|ions?)?)\b/i;
const VERSION = /\b(?:v|ver|versions?|releases?|build|upgrade[ds]?|since|oid|section|chapter)\b/i;
/** What the parts of a document are called, whose numbers are small. */
const PART = /(?:\b(?:clauses?|figures?|tables?|requirements?|articles?|paragraphs?|appendix|annex)\b|§)/i;

/** Finds addresses of both versions. */
export function ipAddresses(text: string): Candidate[] {
  return [...version4(text), ...version6(text)];
}

function version4(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const { 0: match, index } of text.matchAll(V4)) {
    const end = index + match.length;
    const parts = match.split(".");
    if (!parts.every((part) => Number(part) <= 255 && (part === "0" || !part.startsWith("0")))) continue;
    if (!isHost(parts.map(Number)) || !hasFreeEnds(text, index, end)) continue;
    if (parts[3] === "0" && /^\/\d/.test(text.slice(end, end + 2))) continue;
    const address = hasContext(text, index, end, CONTEXT);
    const version = hasContext(text, index, end, VERSION);
    const small = looksLikeVersion(parts.map(Number));
    if (small ? version || hasContext(text, index, end, PART) : version && !address) continue;
    // Networks inside a house are 10.0.0.0/8.
    if (small && !address && (parts[0] !== "10" || isHeading(text, index, end))) continue;
    found.push({ start: index, end, score: address ? 0.95 : 0.6 });
  }
  return found;
}

/** A port, a path or a prefix length may follow; `http://` and `user@` may precede. */
function hasFreeEnds(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  return !/[\p{L}\p{N}_.-]$|\p{N}:$/u.test(before) && !/^[\p{L}\p{N}_-]|^\.\p{N}/u.test(after);
}

/** First parts 0, 127 and 224 on are of no single host; `x.0.0.0` and `x.y.0.0` are networks. */
function isHost(parts: readonly number[]): boolean {
  const [first = 0, , third = 0, fourth = 0] = parts;
  return first !== 0 && first !== 127 && first < 224 && !(third === 0 && fourth === 0);
}

/** Four small numbers alone are more often a version, a section or an object identifier than somebody's address. */
function looksLikeVersion(parts: readonly number[]): boolean {
  return parts.every((part) => part < 20);
}

/** A number at the beginning of a line, and a capital letter behind it. */
function isHeading(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - BEFORE), start);
  return /(?:^|\n)[ \t]*(?:#{1,6} )?$/.test(before) && /^\.?[ \t]+\p{Lu}/u.test(text.slice(end, end + AFTER));
}

function version6(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const { 0: match, index } of text.matchAll(V6)) {
    if (!isVersion6(match) || !standsFree(text, index, index + match.length)) continue;
    found.push({ start: index, end: index + match.length, score: 0.9 });
  }
  return found;
}

/** Checks the parts of an address, and that a shortened one is somebody's. */
function isVersion6(address: string): boolean {
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const parts = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (parts.includes("")) return false;
  const tail = parts.at(-1) ?? "";
  const embedded = tail.includes(".");
  if (embedded && !tail.split(".").every((part) => Number(part) <= 255)) return false;
  const count = parts.length + (embedded ? 1 : 0);
  const zeros = parts.filter((part) => Number.parseInt(part, 16) === 0).length;
  if (halves.length === 1) return count === 8 && zeros < 4 && new Set(parts).size > 1;
  // `a::b` is C++ as often as an address, and `::1`, link-local and multicast addresses lead to nobody.
  return count < 8 && parts.length - zeros >= 3 && /\d/.test(address) && !/^(?:fe[89ab]|ff)/i.test(address);
}
