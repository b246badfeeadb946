import { Rule } from "@millrace/contracts";
import { expect, test } from "vitest";
import { formOf, NEW_RULE, readRuleForm, ruleOf, ruleToTry } from "./rule_form.ts";

const rule = Rule.parse({
  id: "mine",
  on: "millrace.rollout.judged.v1",
  when: [
    { field: "verdict", op: "==", value: "healthy" },
    { field: "evidence.errors.canary", op: "<=", value: 2 },
    { field: "model", op: "in", value: ["docs", "3"] },
    { field: "passed", op: "!=", value: true },
  ],
  do: "promote",
  cooldownSeconds: 90,
  maxPerDay: 4,
});

/** As a browser sends the fields of a form. */
function sent(): Record<string, string> {
  const { when, enabled, ...form } = formOf(rule);
  const conditions = when.flatMap(({ field, op, value }, index) => [
    [`field-${index}`, field],
    [`op-${index}`, op],
    [`value-${index}`, value],
  ]);
  return { ...form, enabled: String(enabled), ...Object.fromEntries([...conditions, ["field-4", ""], ["op-4", "=="]]) };
}

test("a rule comes back from its form as it was: numbers, truth and text that looks like them", () => {
  expect(ruleOf(readRuleForm(sent()), undefined)).toEqual({ ok: true, rule });
});

test("what is wrong is told in the words of the command line", () => {
  const form = readRuleForm({ ...sent(), id: "No Good", maxPerDay: "often", "value-1": "many" });
  const read = ruleOf(form, undefined);
  expect(read.ok ? [] : read.problems).toEqual([
    expect.stringContaining("id: expected 1 to 64 of a-z"),
    expect.stringContaining("when.1"),
    expect.stringContaining("maxPerDay"),
  ]);
  const starts = ruleOf({ ...NEW_RULE, id: "starts", do: "start_run" }, undefined);
  expect(starts.ok ? [] : starts.problems).toEqual([expect.stringContaining("expected the recipe of the run")]);
});

test("a rule that has no name yet can be tried", () => {
  expect(ruleToTry(NEW_RULE)).toMatchObject({ ok: true, rule: { id: "new", cooldownSeconds: 3600 } });
});
