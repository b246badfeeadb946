import { Parser } from "htmlparser2";
import { TooComplexError } from "../too_complex.ts";

/**
 * Bounds of a page: what follows walks the tree by recursion and keeps some kilobytes for each element. The most of any of the 304
 * labelled pages that extraction was fitted on stands beside each.
 */
const LIMITS = {
  levels: 400, // 43
  elements: 100_000, // 9,090
  "texts and comments": 300_000, // 12,431
  attributes: 500_000, // 20,851
};

/**
 * Counts a page's parts without building its tree.
 * @throws {TooComplexError} If the page is nested too deep or has too many parts.
 */
export function checkPage(html: string): void {
  const found = { levels: 0, elements: 0, "texts and comments": 0, attributes: 0 };
  const add = (what: keyof typeof LIMITS, amount = 1): void => {
    found[what] += amount;
    if (found[what] > LIMITS[what]) {
      throw new TooComplexError(`found a page of more than ${LIMITS[what]} ${what}, wanted at most that many`);
    }
  };
  // The same parser builds the tree, so its idea of nesting is the one that counts.
  const parser = new Parser(
    {
      onopentag() {
        add("levels");
        add("elements");
      },
      onclosetag() {
        found.levels -= 1;
      },
      onattribute: () => add("attributes"),
      ontext: () => add("texts and comments"),
      oncomment: () => add("texts and comments"),
    },
    { lowerCaseAttributeNames: false, decodeEntities: true },
  );
  parser.write(html);
  parser.end();
}
