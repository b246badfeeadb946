import {
  ApprovalList,
  ApprovalView,
  AuditPage,
  type CreateKey,
  CreatedKey,
  EVENTS,
  Protection,
  VersionView,
} from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRegistry } from "./service.ts";

let host: TestHost;
/** Keys of two approvers. */
let [ada, grace] = ["", ""];
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [createRegistry(openPorts, access)],
    migrations: { registry: await readMigrations("registry") },
  });
  await host.start();
  [ada, grace] = [await keyOf("ada"), await keyOf("grace")];
});
afterAll(() => host.close());

function send(method: string, path: string, body?: unknown, secret?: string): Promise<Response> {
  const headers = { "content-type": "application/json", ...(secret && { authorization: `Bearer ${secret}` }) };
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  return host.request("registry", `/api/registry${path}`, { method, headers, ...content });
}
async function keyOf(name: string, role: CreateKey["role"] = "approver"): Promise<string> {
  const key: CreateKey = { name, role, scopes: ["read", "deploy"], expiresAt: null };
  return CreatedKey.parse(await (await send("POST", "/keys", key)).json()).secret;
}
async function message(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return `${response.status} ${error.code} ${error.message}`;
}
async function approvals(path: string): Promise<ApprovalView[]> {
  return ApprovalList.parse(await (await send("GET", path)).json()).approvals;
}
async function audited(target: string): Promise<[string, string][]> {
  const page = AuditPage.parse(await (await send("GET", `/audit?target=${encodeURIComponent(target)}`)).json());
  return page.entries.map(({ actor, action }) => [actor, action]);
}
/** Plays the deployer: a version waits. */
async function asks(model: string, by: string, attempt = 1): Promise<void> {
  const data = { ...EVENTS.approvalRequested.example, model, by, attempt };
  await host.publish(`${model} ${attempt}`, EVENTS.approvalRequested, data);
  await expect.poll(async () => (await approvals(`/models/${model}/approvals`)).length).toBe(attempt);
}
const decide = (model: string, secret: string, decision = "approved", more: object = {}): Promise<Response> =>
  send("POST", `/models/${model}/approvals`, { version: 2, decision, comment: "looked at it", ...more }, secret);

const aliasesOf = async (response: Response) => VersionView.parse(await response.json()).aliases;

/** Makes version 1 of a model. */
async function register(model: string): Promise<void> {
  const artifact = await host.artifacts.forProject("default").put(new TextEncoder().encode("{}"), "application/json");
  const made = { recipe: artifact, checkpoint: artifact, tokenizer: artifact, corpus: artifact, tokenized: artifact };
  const data = { ...EVENTS.modelRegister.example, ...made, model, runId: `run-${model}` };
  await host.publish(model, EVENTS.modelRegister, data);
  await host.events.until(EVENTS.modelRegistered, (event) => event.data.model === model);
}

test("aliases are protected by admins alone, and the deployer may ask for them", async () => {
  await register("open");
  expect(Protection.parse(await (await send("GET", "/models/open/protection")).json())).toEqual({ aliases: [] });
  const put = await send("PUT", "/models/open/protection", { aliases: ["live", "champion", "live"] });
  expect(await put.json()).toEqual({ aliases: ["champion", "live"] });
  expect(await message(await send("PUT", "/models/open/protection", { aliases: [] }, grace))).toMatch(
    /^403 forbidden .*wanted role admin with scope admin/,
  );
  expect((await send("PUT", "/models/..%2fopen/protection", { aliases: [] })).status).toBe(400);
  expect((await send("PUT", "/models/open/protection", { aliases: ["a b"] })).status).toBe(400);
  expect(await message(await send("PUT", "/models/opne/protection", { aliases: ["live"] }))).toMatch(
    /^404 not_found protecting opne: found no version of such a model/,
  );
  expect((await send("PUT", "/models/opne/protection", { aliases: [] })).status).toBe(200);
  expect(await audited("model open")).toEqual([["admin", "protection.changed"]]);
});

test("who has asked does not approve; another approver does, once, and the deployer hears of it", async () => {
  await asks("docs", "ada");
  expect(await approvals("/approvals")).toMatchObject([{ model: "docs", version: 2, alias: "live", state: "pending" }]);
  expect(await message(await decide("docs", ada))).toBe(
    "403 self_approval deciding about docs@2 as live: found ada, who has asked for it, wanted somebody else",
  );
  const secondKey = await keyOf("ada", "admin");
  expect(await message(await decide("docs", secondKey))).toMatch(/^403 self_approval/);
  expect(await message(await decide("docs", await keyOf("hopper", "operator")))).toMatch(/^403 forbidden/);
  const answer = await decide("docs", grace);
  expect(ApprovalView.parse(await answer.json())).toMatchObject({
    state: "approved",
    requestedBy: "ada",
    decidedBy: "grace",
    comment: "looked at it",
  });
  const { data } = await host.events.until(EVENTS.approvalDecided, ({ data }) => data.model === "docs");
  expect(data).toMatchObject({
    runId: EVENTS.approvalRequested.example.runId,
    attempt: 1,
    decision: "approved",
    by: "grace",
  });
  expect(await message(await decide("docs", grace, "rejected"))).toMatch(/409 conflict .* it is approved already/);
  expect(await approvals("/approvals")).toEqual([]);
  expect(await audited("docs@2")).toEqual([
    ["grace", "approval.approved"],
    ["ada", "approval.requested"],
  ]);
});

test("a decision is about what was asked for last: an approval of before does not stand for the next attempt", async () => {
  await asks("again", "ada");
  await decide("again", grace);
  await asks("again", "ada", 2);
  expect(await approvals("/models/again/approvals?version=2")).toMatchObject([
    { state: "pending" },
    { state: "approved" },
  ]);
  await decide("again", grace, "rejected");
  const { data } = await host.events.until(EVENTS.approvalDecided, ({ data }) => data.attempt === 2);
  expect(data).toMatchObject({ model: "again", decision: "rejected" });
});

test("two who decide at once are answered one yes and one no", async () => {
  await asks("raced", "automation");
  const answers = await Promise.all([decide("raced", ada), decide("raced", grace, "rejected")]);
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  await host.events.until(EVENTS.approvalDecided, ({ data }) => data.model === "raced");
  expect(host.events.of(EVENTS.approvalDecided).filter(({ data }) => data.model === "raced")).toHaveLength(1);
});

test("nothing is decided that nobody has asked for", async () => {
  expect(await message(await decide("nothing", grace))).toMatch(/409 conflict .* nobody has asked for it/);
});

test("another protected alias moves when a second person has approved, and live over HTTP never", async () => {
  await register("handbook");
  await send("PUT", "/models/handbook/protection", { aliases: ["live", "champion"] });
  const move = (alias: string, secret: string) =>
    send("PUT", `/models/handbook/aliases/${alias}`, { version: 1 }, secret);
  expect(await message(await move("live", ada))).toMatch(/409 conflict .* moves with an approved roll-out alone/);
  expect(await aliasesOf(await move("tried", ada))).toEqual(["tried"]);
  const waits = await move("champion", ada);
  expect([waits.status, await aliasesOf(waits)]).toEqual([202, ["tried"]]);
  expect((await move("champion", ada)).status).toBe(202);
  const of = { version: 1, alias: "champion" };
  expect(await message(await decide("handbook", ada, "approved", of))).toMatch(/^403 self_approval/);
  expect((await decide("handbook", grace, "approved", of)).status).toBe(200);
  expect(await aliasesOf(await send("GET", "/models/handbook/versions/1"))).toEqual(["champion", "tried"]);
  expect((await move("tried", grace)).status).toBe(200);
  expect(await audited("handbook@1")).toEqual([
    ["grace", "approval.approved"],
    ["ada", "approval.requested"],
    // Once: it was there already the second time.
    ["ada", "alias.moved"],
  ]);
});

test("the audit log hears of roll-outs, changed rules and forgotten documents, with who has asked for them", async () => {
  const promote = { model: "heard", version: 1, reason: "looks fine", by: "ada" };
  await host.publish("by ada", EVENTS.rolloutPromote, promote);
  await host.publish("by a rule", EVENTS.rolloutAbort, { model: "heard", version: 1, reason: "rule mine" });
  await host.publish("rule", EVENTS.ruleChanged, { ruleId: "mine", change: "kept", by: "grace" });
  await expect
    .poll(async () => (await audited("heard@1")).toSorted())
    .toEqual([
      ["ada", "rollout.promote"],
      ["automation", "rollout.abort"],
    ]);
  await expect.poll(() => audited("rule mine")).toEqual([["grace", "rule.changed"]]);
  const { example } = EVENTS.documentForgotten;
  await host.publish("forgotten", EVENTS.documentForgotten, example);
  await expect.poll(() => audited(`document ${example.documentId}`)).toEqual([["ada", "document.forgotten"]]);
});
