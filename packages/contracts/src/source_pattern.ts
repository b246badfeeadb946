/** Which patterns of a source stay inside of its folder. */

/** Alternatives that one pattern is written out to; more say nothing that a person has written. */
const MOST_ALTERNATIVES = 1000;

/**
 * Tells whether a pattern may name something outside of the folder that it is applied in: whether it, or one of the alternatives that
 * its braces stand for, is absolute or goes up by `..`. A pattern of more than 1000 alternatives is taken for one that may.
 */
export function mayLeaveFolder(pattern: string): boolean {
  // Globs take both slashes for separators.
  const waiting = [pattern.replaceAll("\\", "/")];
  for (let seen = 1; seen <= MOST_ALTERNATIVES; seen += 1) {
    const one = waiting.pop();
    if (one === undefined) return false;
    const innermost = /\{([^{}]*,[^{}]*)\}/.exec(one);
    if (innermost === null) {
      if (one.startsWith("/") || one.split(/[/{},]/).includes("..")) return true;
      continue;
    }
    const [whole, choices = ""] = innermost;
    const before = one.slice(0, innermost.index);
    const after = one.slice(innermost.index + whole.length);
    waiting.push(...choices.split(",").map((choice) => before + choice + after));
  }
  return true;
}
