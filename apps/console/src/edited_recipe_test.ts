import { Recipe } from "@millrace/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readEdited, recipeText } from "./edited_recipe.ts";

const before = Recipe.parse({
  name: "docs",
  sources: [{ path: "/srv/docs" }, { path: "/srv/notes/*.md" }],
  train: { steps: 500 },
});
const edited = (change: (text: string) => string) => readEdited(change(recipeText(before)), before);
const reached = (path: string): boolean =>
  edited((text) => text.replace("path: /srv/docs", `path: ${JSON.stringify(path)}`)).ok;
const messages = (text: string): string[] => {
  const found = readEdited(text, before);
  return found.ok ? [] : found.problems.map(({ message }) => message);
};

test("a recipe is the same after it was written and read", () => {
  expect(edited((text) => text)).toEqual({ ok: true, recipe: before });
});

test("readEdited() takes changes", () => {
  const found = edited((text) => text.replace("steps: 500", "steps: 900"));
  expect(found.ok && found.recipe.train.steps).toBe(900);
});

test("readEdited() says what is wrong as the command line does", () => {
  expect(messages(recipeText(before).replace("steps: 500", "steps: many"))).toEqual([
    'train.steps: expected a positive integer, found "many"',
  ]);
  expect(messages("name: [")).toEqual([expect.stringMatching(/^\(top level\): expected YAML, found /)]);
  expect(messages("- a list")).toEqual([expect.stringMatching(/^\(top level\): expected a mapping of keys, found/)]);
});

test("readEdited() refuses aliases that grow without end", () => {
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ..."bcdefghi".split("").map((name, at) => `${name}: &${name} [${`*${"abcdefgh"[at]},`.repeat(9)}]`),
  ];
  expect(messages(bomb.join("\n"))).toEqual([expect.stringContaining("expected YAML")]);
});

test("readEdited() reaches no folder and no policy file that the run before did not", () => {
  expect([reached("/srv/docs/guide"), reached("/srv/docs/*.md")]).toEqual([true, true]);
  for (const path of [
    "/etc",
    "/srv",
    "/srv/docs2",
    "/srv/docs/../../etc",
    "/srv/docs/{x,../../etc}/*",
    "/srv/docs/{.,x}{.,y}/*",
    "/srv/notes/*.md/x",
    "docs",
  ]) {
    expect([path, reached(path)]).toEqual([path, false]);
  }
  const include = (pattern: string): string[] =>
    messages(recipeText({ ...before, sources: [{ path: "/srv/docs", include: ["*.md", pattern] }] }));
  expect(include("sub/**/*.{md,txt}")).toEqual([]);
  for (const pattern of ["../*", "/etc/*", "{x,..}/*", "{.,x}{.,y}/*"]) {
    expect(include(pattern)).toEqual([
      `sources.0.include.1: expected a pattern below the source, neither absolute nor with "..", found "${pattern}"`,
    ]);
  }
  const [message] = messages(recipeText(before).replace("policy: documentation", "policy: /etc/passwd"));
  expect(message).toMatch(/^corpus\.policy: expected one of "web", .*found "\/etc\/passwd"$/);
});

test("readEdited() answers whatever it is given", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const found = readEdited(text, before);
      expect(found.ok || found.problems.length > 0).toBe(true);
    }),
  );
});
