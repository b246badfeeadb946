/**
 * Keys and tokens whose issuers gave them a form by which they can be told from other text: a prefix, a length, an alphabet. A password has
 * none and is not found. Forms are those that the issuers document for secret scanning; sample tokens of documentation have them as well.
 */
import type { Candidate } from "./candidate.ts";

/** Prefix and rest of tokens that are one word. */
const TOKENS = [
  // Amazon Web Services: identifiers of access keys, of people and of sessions.
  "(?:AKIA|ASIA)[A-Z2-7]{16}",
  // GitHub: personal, OAuth, user-to-server, server-to-server and refresh tokens; fine-grained ones.
  "gh[pousr]_[A-Za-z0-9]{36,255}",
  "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
  "glpat-[A-Za-z0-9_-]{20,64}",
  "npm_[A-Za-z0-9]{36}",
  "hf_[A-Za-z]{34}",
  "xox[abeoprs]-[A-Za-z0-9-]{10,250}",
  "AIza[A-Za-z0-9_-]{35}",
  "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{24,247}",
  // OpenAI and Anthropic: the first kind has no other mark than its length.
  "sk-(?:proj|svcacct|admin|ant-[a-z0-9]{1,16})-[A-Za-z0-9_-]{20,250}",
  "sk-[A-Za-z0-9]{48}",
  // Millrace's own.
  "ml?r_[0-9a-f]{64}",
  // JSON Web Tokens, RFC 7519: two JSON objects and a signature.
  "eyJ[A-Za-z0-9_-]{10,4096}\\.eyJ[A-Za-z0-9_-]{10,8192}\\.[A-Za-z0-9_-]{20,1024}",
].join("|");
const TOKEN = new RegExp(`(?<![A-Za-z0-9_-])(?:${TOKENS})(?![A-Za-z0-9_])`, "g");
/** The other half of Amazon's keys is told by its name alone. */
const NAMED_SECRET = /(?<=aws_secret_access_key["']?\s{0,3}[=:]\s{0,3}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi;

/** RFC 7468, and OpenPGP's armour. */
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
const LONGEST_KEY = 32_768;
/** What is left of a key whose end was cut off. */
const ENCODED_LINES = /(?:\s{0,4}[A-Za-z0-9+/=]{16,128}(?![A-Za-z0-9+/=]))*/y;

/** Finds keys and tokens, and private keys with all their lines. */
export function credentials(text: string): Candidate[] {
  const words = [...text.matchAll(TOKEN), ...text.matchAll(NAMED_SECRET)].map(({ 0: match, index }) => ({
    start: index,
    end: index + match.length,
    score: 1,
  }));
  return [...words, ...privateKeys(text)];
}

function privateKeys(text: string): Candidate[] {
  const begins = [...text.matchAll(PRIVATE_KEY)];
  return begins.map(({ 0: match, index }, at) => {
    const from = index + match.length;
    const before = Math.min(begins[at + 1]?.index ?? text.length, from + LONGEST_KEY);
    return { start: index, end: endOfKey(text, from, before), score: 1 };
  });
}

function endOfKey(text: string, from: number, before: number): number {
  const end = END.exec(text.slice(from, before));
  if (end !== null) return from + end.index + end[0].length;
  ENCODED_LINES.lastIndex = from;
  const lines = ENCODED_LINES.exec(text);
  return from + (lines?.[0].length ?? 0);
}
