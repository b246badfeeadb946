/** Deployments and what can be done with them. */
import { DeploymentList, type DeploymentView, RolloutCommand, RouteList } from "@millrace/contracts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { trafficBar } from "./charts/traffic_bar.ts";
import type { Looker } from "./pages/deployment_actions.ts";
import { deploymentsPage } from "./pages/deployments.ts";
import { type ConsoleKit, openConsoleKit, wordsOf } from "./testing/console_kit.ts";
import { sceneOf } from "./testing/scenes.ts";

const CANARY = "/deployments/handbook/4";
let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());
beforeEach(() => kit.show("canary"));

const asked = () => kit.posted("/api/deployer/rollouts").map((body) => RolloutCommand.parse(body));

test("scenes answer as the contracts say", () => {
  for (const name of ["serving", "canary", "failed"] as const) {
    const scene = sceneOf(name) ?? {};
    DeploymentList.parse(scene["/api/deployer/deployments"]);
    RouteList.parse(scene["/api/inference/routes"]);
  }
});

test("Deployments tells who gets the traffic, and what is known of the canary, in words", async () => {
  const words = await kit.words("/deployments");
  expect(words).toContain("handbook v4 is tried with 10 % of the traffic beside v3");
  expect(words).toContain("v3 90 % of the traffic");
  expect(words).toContain("Not judged yet: 22 of 50 requests so far");
  expect(words).toContain("22 of 50 requests to judge by");
  expect(words).toContain("All 4 gates passed");
  expect(await kit.words("/deployments?model=wiki")).toContain("wiki v1 could not be deployed");
  expect(await kit.words("/deployments?model=nobody")).toContain("No version of nobody was deployed");
});

/** The page of this deployment alone. */
async function pageOf(one: DeploymentView, looker: Partial<Looker> = {}): Promise<string> {
  const page = deploymentsPage({
    model: "handbook",
    deployments: { kind: "found", value: { deployments: [one] } },
    routes: { kind: "found", value: { routes: [] } },
    looker: { name: "ada", mayOperate: true, mayApprove: true, ...looker },
    nowMs: 0,
    traceId: "",
  });
  return wordsOf(new Response(String(await page)));
}

test("a version that was taken back by hand is neither watched nor found unhealthy", async () => {
  const { deployments } = DeploymentList.parse(sceneOf("failed")?.["/api/deployer/deployments"]);
  const byHand = { ...deployments[0]!, verdict: null, error: "by hand" };
  const words = await pageOf(byHand);
  expect(words).toContain("Why taken back: by hand");
  expect(words).toContain("Not judged: 12 of 20 requests failed");
  expect(words).not.toMatch(/watched|Not judged yet/);
  expect(await pageOf({ ...byHand, evidence: null })).toContain("It ended before a request of it had");
});

test("approving is offered to whoever may, and not to whoever has asked; until then nothing is paused", async () => {
  const { deployments } = DeploymentList.parse(sceneOf("canary")?.["/api/deployer/deployments"]);
  const [canary] = deployments;
  const steps = [...canary!.steps, { state: "awaiting_approval" as const, at: canary!.updatedAt }];
  const waits: DeploymentView = { ...canary!, state: "awaiting_approval", requestedBy: "ada", steps };
  const own = await pageOf(waits);
  expect(own).toContain("You asked for it: somebody else must approve");
  expect(own).toMatch(/All traffic . needs approval/);
  expect(own).not.toMatch(/paused|rollout approve/);
  expect(await pageOf(waits, { name: "mara" })).toContain("npx millrace rollout approve handbook@4");
  const operator = await pageOf(waits, { name: "mara", mayApprove: false });
  expect(operator).toContain("An approver must approve it");
  expect(operator).not.toContain("rollout approve");
});

test("a gate's share is in per cent, and one that is next to nothing has no sign", async () => {
  const { deployments } = DeploymentList.parse(sceneOf("failed")?.["/api/deployer/deployments"]);
  const share = { ...deployments[0]!.gates[0]!, unit: "share", limit: 0.02 };
  const shown = (value: number) => pageOf({ ...deployments[0]!, gates: [{ ...share, value }] });
  expect(await shown(-0.000016)).toMatch(/ 0 % limit 2 %/);
  expect(await shown(0.00412)).toMatch(/ 0.41 % limit 2 %/);
});

test("a version without traffic is not said to have had none", async () => {
  const idle = { version: 1, percent: 0, replicas: [], requestsPerMinute: 0, timeToFirstTokenP95Ms: null };
  expect(await wordsOf(new Response(String(await trafficBar([idle]))))).toContain("v1 no traffic now");
});

test("a version that was rolled back says why, and its evidence stays", async () => {
  kit.show("failed");
  const words = await kit.words("/deployments");
  expect(words).toContain("handbook v4 was rolled back, v3 has all traffic");
  expect(words).toContain("Unhealthy: 12 of 20 requests failed, of version 3 0 of 180");
});

test("rolling back states its effect in counts and wants the name; nothing is done without it", async () => {
  const words = await kit.words(`${CANARY}/abort`);
  expect(words).toContain("v4 loses its 10 % of the traffic, now 4 requests a minute; v3 answers all of it.");
  expect(words).toContain("Its 2 replicas are unloaded.");
  expect(words).toContain("Run run-c9f0f895 ends as failed");
  const before = asked().length;
  for (const name of ["", "handbook", "handbook@3"]) {
    const response = await kit.press(`${CANARY}/abort`, { name });
    expect([response.status, await wordsOf(response)]).toEqual([422, expect.stringContaining("Nothing was done")]);
  }
  expect(asked()).toHaveLength(before);
  const key = crypto.randomUUID();
  const done = await kit.press(`${CANARY}/abort`, { name: "handbook@4", key });
  expect([done.status, done.headers.get("location")]).toEqual([303, "/deployments?model=handbook"]);
  await kit.press(`${CANARY}/abort`, { name: "handbook@4", key });
  const [first, second] = asked().slice(before);
  expect(first).toMatchObject({
    action: "abort",
    model: "handbook",
    version: 4,
    reason: "abort in the console by admin",
  });
  expect(second?.idempotencyKey).toBe(first?.idempotencyKey);
});

test("pausing takes a press; promoting one too where the canary is healthy, else the name", async () => {
  const before = asked().length;
  expect((await kit.press(`${CANARY}/pause`)).status).toBe(303);
  expect((await kit.press(`${CANARY}/promote`)).status).toBe(422);
  expect(await kit.words(`${CANARY}/promote`)).toContain("The canary is not judged yet: 22 of 50 requests so far.");
  expect((await kit.press("/deployments/handbook/3/promote")).status).toBe(303);
  expect(
    asked()
      .slice(before)
      .map(({ action, version }) => [action, version]),
  ).toEqual([
    ["pause", 4],
    ["promote", 3],
  ]);
});

test("what another service refuses, other sites, and versions and acts that there are not", async () => {
  expect((await kit.press(`${CANARY}/pause`, {}, { origin: "http://evil.example" })).status).toBe(403);
  const before = asked().length;
  expect((await kit.press(`${CANARY}/pause`, { key: "no key" })).status).toBe(400);
  expect(asked()).toHaveLength(before);
  expect((await kit.get("/deployments/handbook/9/abort")).status).toBe(404);
  expect((await kit.get(`${CANARY}/delete`)).status).toBe(404);
  kit.show("down");
  const response = await kit.press(`${CANARY}/pause`);
  expect([response.status, await wordsOf(response)]).toEqual([502, expect.stringContaining("does not answer")]);
});
