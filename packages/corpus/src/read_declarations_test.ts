import { describe, expect, test } from "vitest";
import { declarationDocs } from "./read_declarations.ts";

describe("declarationDocs()", () => {
  test("declarationDocs() writes a section for each documented symbol", () => {
    const source = `
/**
 * Opens a door, see {@link Door} and {@link https://example.org | the site}.
 *
 * @param name - Name of the door.
 * @param {number} [width=3] Width in metres.
 * @returns The open door.
 * @internal
 */
export declare function openDoor(name: string, width?: number): Door;
export interface Door {
  /** How wide it is. */
  readonly width: number;
}`;
    expect(declarationDocs(source)).toBe(
      "### openDoor\n\nOpens a door, see Door and the site.\n\n- `name`: Name of the door.\n" +
        "- `[width=3]`: Width in metres.\nReturns The open door.\n\n### width\n\nHow wide it is.",
    );
  });

  test("declarationDocs() fences examples once", () => {
    expect(declarationDocs("/**\n * A.\n * @example\n * f(1);\n * @since 2\n */\nfunction f(): void;")).toBe(
      "### f\n\nA.\n\n```ts\nf(1);\n```\n\nSince: 2",
    );
    expect(declarationDocs("/**\n * A.\n * @example\n * ```js\n * f(1);\n * ```\n */\nfunction f(): void;")).toBe(
      "### f\n\nA.\n\n```js\nf(1);\n```",
    );
  });

  test("declarationDocs() leaves out licences, plain comments and comments inside strings", () => {
    const source = `/** Copyright someone. */ /* plain */ // /** line */
      type A = "/** string */" | '\\'/** other */'; /***/ /** */ export const x: \`/** template */\`;`;
    expect(declarationDocs(source)).toBe("");
  });

  test("declarationDocs() stops quietly at a comment that never ends", () => {
    expect(declarationDocs("/** A. */ type A = 1; /** B")).toBe("### A\n\nA.");
  });
});
