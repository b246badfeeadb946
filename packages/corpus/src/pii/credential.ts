/**
 * Keys and tokens whose issuers gave them a form by which they can be told from other text: a prefix, a length, an alphabet. A password has
 * none and is not found. Forms are those that the issuers document for secret scanning; sample tokens of documentation have them as well.
 */
import type { Candidate } from "./candidate.ts";

/** Prefix and rest of tokens that have no dash after their prefix: one that stands before them does not belong to them. */
const PLAIN = [
  // Amazon Web Services: identifiers of access keys, of people and of sessions.
  "(?:AKIA|ASIA)[A-Z2-7]{16}",
  // GitHub: personal, OAuth, user-to-server, server-to-server and refresh tokens; fine-grained ones.
  "gh[pousr]_[A-Za-z0-9]{36}[A-Za-z0-9]*",
  "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
  "npm_[A-Za-z0-9]{36}",
  "hf_[A-Za-z]{34}",
  "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{24}[A-Za-z0-9]*",
  // OpenAI, the first kind: it has no other mark than its length.
  "sk-[A-Za-z0-9]{48}",
  // Millrace's own.
  "ml?r_[0-9a-f]{64}",
].join("|");
/** Those that may. A match takes all that can belong to the token. */
const DASHED = [
  "glpat-[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*",
  "xox[abeoprs]-[A-Za-z0-9-]{10}[A-Za-z0-9-]*",
  "AIza[A-Za-z0-9_-]{35}[A-Za-z0-9_-]*",
  // OpenAI and Anthropic.
  "sk-(?:proj|svcacct|admin|ant-[a-z0-9]{1,16})-[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*",
].join("|");
/** JSON Web Tokens, RFC 7519: two JSON objects and a signature. After a dash one would begin in the middle of another. */
const WEB_TOKEN =
  "eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9_-]*\\.eyJ[A-Za-z0-9_-]{10}[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]{20}[A-Za-z0-9_-]*";
/** No bound above, and none below that an engine would count in steps which it can go back to: such a token of some megabytes would end it. */
const TOKEN = new RegExp(
  `(?<![A-Za-z0-9_])(?:(?:${PLAIN})(?![A-Za-z0-9_])|${DASHED})|(?<![A-Za-z0-9_-])${WEB_TOKEN}`,
  "g",
);
/** The other half of Amazon's keys is told by its name alone. */
const NAMED_SECRET = /(?<=aws_secret_access_key["']?\s{0,3}[=:]\s{0,3}["']?)[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])/gi;

/** RFC 7468, and OpenPGP's armour. */
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
/** Further away an end may be that of something else; a longer key ends with its lines. */
const LONGEST_KEY = 32_768;
/** `Proc-Type`, `Version` and their like, before the encoded lines. */
const HEADERS =
  /^(?:\s|\\[nr]){0,8}(?:[A-Za-z][A-Za-z0-9-]{0,63}: [^\n\\]{0,256}(?:\n|(?:\\r)?\\n)(?:\s|\\[nr]){0,8}){0,16}/;
/** An encoded line, after its break, which in a string of JSON is written out. */
const LINE = /(?:\s|\\[nr]){0,8}([A-Za-z0-9+/=]+)/y;
/** A shorter word may be one of the text after it. */
const LEAST_LINE = 16;

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
    const rest = text.slice(from, begins[at + 1]?.index);
    return { start: index, end: from + endOfKey(rest), score: 1 };
  });
}

function endOfKey(rest: string): number {
  const end = END.exec(rest.slice(0, LONGEST_KEY));
  return end === null ? endOfLines(rest) : end.index + end[0].length;
}

/** Of a key whose end was cut off, perhaps within a line: where its lines end. */
function endOfLines(rest: string): number {
  let end = 0;
  LINE.lastIndex = HEADERS.exec(rest)?.[0].length ?? 0;
  for (let line = LINE.exec(rest); line !== null; line = LINE.exec(rest)) {
    const [, encoded = ""] = line;
    if (encoded.length < LEAST_LINE && LINE.lastIndex < rest.length) break;
    end = LINE.lastIndex;
  }
  return end;
}
