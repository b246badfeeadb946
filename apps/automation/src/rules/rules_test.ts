import { type CloudEvent, Rule, type RuleCondition } from "@millrace/contracts";
import { describe, expect, test } from "vitest";
import { meets } from "./conditions.ts";
import { dryRun } from "./dry_run.ts";
import { heldBack } from "./limits.ts";

const DAY_MS = 86_400_000;

describe("meets()", () => {
  const data = { verdict: "healthy", version: 3, passed: true, evidence: { errors: { canary: 2 } } };
  test.each<[RuleCondition, boolean]>([
    [{ field: "verdict", op: "==", value: "healthy" }, true],
    [{ field: "verdict", op: "!=", value: "healthy" }, false],
    [{ field: "passed", op: "==", value: true }, true],
    [{ field: "passed", op: "==", value: "true" }, false],
    [{ field: "version", op: ">=", value: 3 }, true],
    [{ field: "version", op: ">", value: 3 }, false],
    [{ field: "evidence.errors.canary", op: "<", value: 3 }, true],
    [{ field: "evidence.errors.canary", op: "<=", value: 1 }, false],
    [{ field: "verdict", op: "in", value: ["unhealthy", "healthy"] }, true],
    [{ field: "verdict", op: ">", value: 0 }, false],
    [{ field: "nothing.here", op: "==", value: 1 }, false],
    [{ field: "nothing", op: "!=", value: 1 }, true],
    [{ field: "constructor", op: "!=", value: "x" }, true],
    [{ field: "verdict.length", op: "==", value: 7 }, false],
  ])("%j is %s", (condition, wanted) => {
    expect(meets({ when: [condition] }, data)).toBe(wanted);
  });

  test("all conditions must hold, and none at all always do", () => {
    const [yes, no]: RuleCondition[] = [
      { field: "passed", op: "==", value: true },
      { field: "passed", op: "==", value: false },
    ];
    expect(meets({ when: [] }, data)).toBe(true);
    expect(meets({ when: [yes!, no!] }, data)).toBe(false);
  });
});

describe("heldBack()", () => {
  test("holds a rule back within its cooldown and beyond its daily limit, and not after", () => {
    const rule = { cooldownSeconds: 60, maxPerDay: 2 };
    expect(heldBack(rule, [], 0)).toBeUndefined();
    expect(heldBack(rule, [1000], 60_999)).toBe("cooldown");
    expect(heldBack(rule, [1000], 61_000)).toBeUndefined();
    expect(heldBack(rule, [1000, 100_000], 200_000)).toBe("daily_limit");
    expect(heldBack(rule, [1000, 100_000], 100_000 + DAY_MS)).toBeUndefined();
  });
});

function judged(index: number, data: Record<string, unknown>): CloudEvent {
  return {
    specversion: "1.0",
    id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    source: "/millrace/deployer",
    type: "millrace.rollout.judged.v1",
    subject: "docs@2",
    time: new Date(index * 1000).toISOString(),
    datacontenttype: "application/json",
    project: "default",
    correlationid: "docs@2",
    causationid: "00000000-0000-4000-8000-000000000000",
    data,
  };
}

test("dryRun() counts what matched and what its limits would have let through, for each model alone", () => {
  const rule = Rule.parse({
    id: "own",
    on: "millrace.rollout.judged.v1",
    when: [{ field: "verdict", op: "==", value: "healthy" }],
    do: "promote",
    cooldownSeconds: 3,
  });
  const events = [
    judged(0, { model: "docs", version: 2, verdict: "healthy" }),
    judged(1, { model: "docs", version: 2, verdict: "unhealthy" }),
    judged(2, { model: "docs", version: 3, verdict: "healthy" }),
    judged(2, { model: "notes", version: 1, verdict: "healthy" }),
    judged(9, { model: "docs", version: 3, verdict: "healthy" }),
  ];
  const result = dryRun(rule, events);
  expect(result).toMatchObject({ seen: 5, matched: 4, wouldFire: 3 });
  expect(result.examples[0]?.time).toBe(new Date(9000).toISOString());
});

test.each([
  [{ on: "millrace.rollout.judged.v2" }, "on"],
  [{ when: [{ field: "__proto__", op: "==", value: 1 }] }, "when"],
  [{ when: [{ field: "a..b", op: "==", value: 1 }] }, "when"],
  [{ when: [{ field: "a", op: ">", value: "1" }] }, "when"],
  [{ do: "delete_everything" }, "do"],
  [{ id: "Not A Slug" }, "id"],
])("a rule with %j is refused", (change, path) => {
  const rule = { id: "own", on: "millrace.rollout.judged.v1", do: "promote", ...change };
  const result = Rule.safeParse(rule);
  expect(result.error?.issues[0]?.path[0]).toBe(path);
});
