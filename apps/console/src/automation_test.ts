/** Events and Automation: what their buttons ask for, and what is refused. */
import { DeadLetterList, RuleDryRun, RuleList, WrittenRule } from "@millrace/contracts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ConsoleKit, openConsoleKit, wordsOf } from "./testing/console_kit.ts";
import { RULES } from "./testing/scene_rules.ts";

const BASE = "/api/automation/rules";
let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());
beforeEach(() => kit.show("serving"));

test("scenes answer as the contracts say", () => {
  for (const scene of [RULES.some, RULES.none]) {
    RuleList.parse(scene["/api/automation/rules"]);
    DeadLetterList.parse(scene["/api/automation/dead-letters?limit=200"]);
  }
});

test("Events shows the causal tree of a run, then a table, then dead letters with their errors", async () => {
  const words = await kit.words("/events");
  expect(words).toContain("What led to what in handbook");
  expect(words.indexOf("each below what caused it")).toBeLessThan(words.indexOf("The same in order of time"));
  expect(words).toContain("3 events could not be handled");
  expect(words).toContain("reading rows of ingestion: the database does not answer");
  expect(words).toContain("after 5 attempts, requeued 1 time before");
  expect(words).toContain("Requeue all 2 alike");
  expect(words).toContain("npx millrace dead-letters requeue 12");
  expect((await kit.get("/events?run=run-nobody")).status).toBe(404);
  kit.show("empty");
  expect(await kit.words("/events")).toContain("Every event was handled");
});

test("a dead letter is requeued, or all alike, and nothing is without a name", async () => {
  const one = await kit.press("/events/requeue", { sequence: "12" });
  expect([one.status, one.headers.get("location")]).toEqual([303, "/events#dead-letters"]);
  const type = "millrace.corpus.collect.v1";
  expect((await kit.press("/events/requeue", { consumer: "ingestion-collect", type })).status).toBe(303);
  expect((await kit.press("/events/requeue")).status).toBe(400);
  expect((await kit.press("/events/requeue", { sequence: "12" }, { origin: "http://evil.example" })).status).toBe(403);
  expect(kit.posted("/api/automation/dead-letters/requeue")).toEqual([
    { sequence: 12 },
    { all: { consumer: "ingestion-collect", type } },
  ]);
});

test("rules are sentences: shipped ones plain, own ones with blanks", async () => {
  const words = await kit.words("/automation");
  expect(words).toContain("2 of 3 rules are on, fired 2 times in 24 hours");
  expect(words).toContain("When a canary was judged and verdict is healthy , then give the version all traffic");
  const text = await (await kit.get("/automation")).text();
  expect(text).toContain('value="handbook, manual"');
  expect(text).toContain("as kept: wiki");
  expect(words).toMatch(/Firings, newest first .*cooldown canary-healthy.* done gates-passed/);
});

const FORM = {
  isNew: "true",
  id: "my-rule",
  on: "millrace.alert.raised.v1",
  "field-0": "kind",
  "op-0": "==",
  "value-0": "drift",
  do: "retrain",
  cooldownMinutes: "60",
  maxPerDay: "1",
};

test("a rule is created, and what is wrong with it is told beside what was typed", async () => {
  const made = await kit.press("/automation/rules", FORM);
  expect([made.status, made.headers.get("location")]).toEqual([303, "/automation#rule-my-rule"]);
  expect(WrittenRule.parse(kit.posted(`${BASE}/my-rule`)[0])).toMatchObject({
    id: "my-rule",
    when: [{ field: "kind", op: "==", value: "drift" }],
    cooldownSeconds: 3600,
  });
  const wrong = await kit.press("/automation/rules", { ...FORM, maxPerDay: "0", description: "because" });
  const text = await wrong.text();
  expect([wrong.status, text]).toEqual([422, expect.stringContaining("maxPerDay: expected")]);
  expect(text).toContain('value="because"');
  const taken = await kit.press("/automation/rules", { ...FORM, id: "gates-passed" });
  expect([taken.status, await wordsOf(taken)]).toEqual([422, expect.stringContaining("expected a new name")]);
});

test("a form of a rule with values that it does not have is refused, and nothing is kept", async () => {
  const before = kit.posted(`${BASE}/my-rule`).length;
  expect((await kit.press("/automation/try", { ...FORM, days: "" })).status).toBe(200);
  for (const wrong of [{ enabled: "maybe" }, { isNew: "perhaps" }, { days: "1e9" }]) {
    expect((await kit.press("/automation/rules", { ...FORM, ...wrong })).status).toBe(400);
  }
  expect(kit.posted(`${BASE}/my-rule`)).toHaveLength(before);
});

test("a rule that starts runs is given the recipe of a run, whole; a browser names no file", async () => {
  const starts = { ...FORM, do: "start_run" };
  expect((await kit.press("/automation/rules", starts)).status).toBe(422);
  const before = kit.posted(`${BASE}/my-rule`).length;
  expect((await kit.press("/automation/rules", { ...starts, recipeOf: "run-8f14e45f" })).status).toBe(303);
  const [kept] = kit.posted(`${BASE}/my-rule`).slice(before);
  expect(WrittenRule.parse(kept).recipe).toMatchObject({ name: "handbook", train: { steps: 900 } });
  expect((await kit.press("/automation/rules", { ...starts, recipeOf: "../../etc/passwd" })).status).toBe(404);
});

test("a dry run says how often it would have fired, with examples, and keeps nothing", async () => {
  const before = kit.posted(`${BASE}/my-rule`).length;
  const words = await wordsOf(await kit.press("/automation/try", { ...FORM, id: "", days: "14" }));
  expect(words).toContain("Would have fired 3 times in the last 14 days");
  expect(words).toContain("4 of 7 events of this type met the conditions; 1 time the limits would have held it back");
  expect(words).toContain("handbook v3");
  expect(RuleDryRun.parse(kit.posted(`${BASE}/dry-run`).at(-1))).toMatchObject({ days: 14, rule: { id: "new" } });
  expect(kit.posted(`${BASE}/my-rule`)).toHaveLength(before);
});

test("rules are switched, own ones with all they say, and deleted by name; shipped ones stay", async () => {
  expect((await kit.press("/automation/rules/canary-healthy/switch", { enabled: "true" })).status).toBe(303);
  expect(kit.posted(`${BASE}/canary-healthy`)).toEqual([{ id: "canary-healthy", enabled: true }]);
  expect((await kit.press("/automation/rules/wiki-after-handbook/switch", { enabled: "false" })).status).toBe(303);
  expect(WrittenRule.parse(kit.posted(`${BASE}/wiki-after-handbook`)[0])).toMatchObject({
    enabled: false,
    recipe: { name: "handbook" },
    maxPerDay: 1,
  });
  const maybe = await kit.press("/automation/rules/canary-healthy/switch", { enabled: "maybe" });
  expect([maybe.status, kit.posted(`${BASE}/canary-healthy`).length]).toEqual([400, 1]);
  const path = "/automation/rules/wiki-after-handbook/delete";
  expect((await kit.press(path, { name: "wiki" })).status).toBe(422);
  expect((await kit.press(path, { name: "wiki-after-handbook" })).headers.get("location")).toBe("/automation");
  expect(kit.posted(`DELETE ${BASE}/wiki-after-handbook`)).toHaveLength(1);
  expect((await kit.get("/automation/rules/gates-passed/delete")).status).toBe(409);
});
