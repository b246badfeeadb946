/** E-mail addresses, found from their `@` outwards within the lengths of RFC 5321, so that no text makes the search slow. */
import type { Candidate } from "./candidate.ts";

const LOCAL_CHARACTER = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const LONGEST_LOCAL = 64;
const DOMAIN =
  /(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,10}(?:xn--[a-z0-9-]{2,59}|\p{L}{2,24})(?![\p{L}\p{N}_])/uy;
/** Names of files such as `logo@2x.png`, which look like a mailbox. */
const FILE_SUFFIX =
  /\.(?:png|jpe?g|gif|svg|webp|ico|css|scss|less|jsx?|tsx?|mjs|cjs|json|html?|xml|ya?ml|toml|lock|txt|tgz|gz|zip|map|wasm)$/i;
/** Marks which may stand in a mailbox name but, at its start, mostly belong to the text around it. */
const LEADING = /^[.!#$%&'*+/=?^`{|}~-]+/;
const SERVICE_ACCOUNT = /^(?:git|hg|svn|root|ubuntu|ec2-user)$/i;

/** Finds e-mail addresses. `git@host:path` and package specifiers are none. */
export function emailAddresses(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    const start = localStart(text, at);
    if (start === at || text[at - 1] === ".") continue;
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0];
    if (domain === undefined || FILE_SUFFIX.test(domain)) continue;
    const end = at + 1 + domain.length;
    const follows = text[end];
    if (SERVICE_ACCOUNT.test(text.slice(start, at)) && (follows === ":" || follows === "/")) continue;
    found.push({ start, end, score: 0.95 });
  }
  return found;
}

function localStart(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start <= LONGEST_LOCAL && LOCAL_CHARACTER.test(text[start - 1] ?? "")) start--;
  if (at - start > LONGEST_LOCAL) return at;
  // A path or a query in front of the name is not part of it.
  const local = text.slice(start, at);
  const cut =
    Math.max(local.lastIndexOf("/"), local.lastIndexOf("="), local.lastIndexOf("`"), local.lastIndexOf("|")) + 1;
  return start + cut + (LEADING.exec(local.slice(cut))?.[0].length ?? 0);
}
