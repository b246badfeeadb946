import { expect, test } from "vitest";
import { z } from "zod";
import { closest } from "./closest.ts";
import { problemsOf } from "./problems.ts";

function problems(schema: z.ZodType, input: unknown): string[] {
  const parsed = schema.safeParse(input);
  if (parsed.success) throw new Error("it was accepted");
  return problemsOf(parsed.error, input, schema).map(({ message }) => message);
}

test("problemsOf() quotes no more than it shows, however deep, wide or long the value is", () => {
  const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
  const [message] = problems(z.strictObject({ prompt: z.string() }), { prompt: deep });
  expect(message).toBe(`prompt: expected text, found ${"[".repeat(57)}...`);
  const wide = { ["k".repeat(100_000)]: "v".repeat(100_000) };
  expect(problems(z.string(), wide)).toEqual([`(top level): expected text, found {"${"k".repeat(55)}...`]);
});

test("problemsOf() names each unknown key by its path, and not thousands of them", () => {
  const schema = z.strictObject({ model: z.string() });
  const input = { model: "a", modl: 1, ["x".repeat(1000)]: 2 };
  const parsed = schema.safeParse(input);
  expect(problemsOf(parsed.error as z.ZodError, input, schema).map(({ path }) => path.slice(0, 5))).toEqual([
    "modl",
    "xxxxx",
  ]);
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, index]));
  expect(problems(schema, { model: "a", ...many })).toHaveLength(10);
});

test("problemsOf() says what is counted, and what any of several forms would be", () => {
  const stop = z.string().min(1).max(3);
  const schema = z.strictObject({ stop: z.union([stop, z.array(stop).max(2)]) });
  expect(problems(schema, { stop: "" })).toEqual(['stop: expected at least 1 character, found ""']);
  expect(problems(schema, { stop: "long" })).toEqual(['stop: expected at most 3 characters, found "long"']);
  expect(problems(schema, { stop: ["a", "b", "c"] })).toEqual([
    'stop: expected at most 2 entries, found ["a","b","c"]',
  ]);
  expect(problems(schema, {})).toEqual(["stop: expected text or a list, found nothing"]);
  const biases = z.record(z.string().regex(/^\d+$/, { error: "expected digits" }), z.number());
  expect(problems(biases, { one: 1 })).toEqual(["one: expected digits as the key, found 1"]);
  expect(problems(z.union([z.literal(-1), z.literal(1)]), 5)).toEqual(["(top level): expected -1 or 1, found 5"]);
  expect(problems(z.number().positive(), 0)).toEqual(["(top level): expected a positive number, found 0"]);
});

test.each([
  ["exlude", "exclude"],
  ["inlcude", "include"],
  ["TOP_P", "top_p"],
  ["includes", "include"],
  ["licences", undefined],
  ["", undefined],
  ["x".repeat(100_000), undefined],
])("closest() of %j is %j", (written, meant) => {
  expect(closest(written, ["include", "exclude", "top_p"])).toBe(meant);
});
