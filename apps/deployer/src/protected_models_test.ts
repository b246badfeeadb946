/** Protected models: a promotion takes the approval of a second person. */
import { EVENTS } from "@millrace/contracts";
import { expect, test } from "vitest";
import { deployment, guarded, host, hostDeployer, loaded, look, ofRun } from "./testing/deployer_kit.ts";
import { CANARY, command, observed, ofVersion, rollOut, routed, windowOf } from "./testing/roll_out_kit.ts";

hostDeployer();

/** Brings version 2 of a model to a healthy canary, then protects the model. */
async function guardedCanary(model: string): Promise<string> {
  await rollOut(model, 1);
  const second = await rollOut(model, 2);
  guarded.add(model);
  return second;
}
const requested = (model: string) => host.events.until(EVENTS.approvalRequested, ofVersion(model, 2));
async function decided(model: string, decision: "approved" | "rejected", attempt = 1): Promise<void> {
  const data = { runId: `${model}-2`, model, version: 2, attempt, decision, by: "grace", comment: "looked at it" };
  await host.publish(`${model} ${decision} ${attempt}`, EVENTS.approvalDecided, data);
}
const states = async (runId: string) => (await look(runId))?.steps.map(({ state }) => state).slice(-3);

test("a promotion waits with its part of the traffic, and goes on when somebody has approved", async () => {
  const second = await guardedCanary("guarded");
  expect((await command("promote", "guarded", 2)).status).toBe(202);
  expect((await requested("guarded")).data).toEqual({
    runId: second,
    model: "guarded",
    version: 2,
    attempt: 1,
    by: "admin",
    reason: "by hand",
  });
  expect(await look(second)).toMatchObject({ state: "awaiting_approval", percent: 20 });
  expect((await command("promote", "guarded", 2)).status).toBe(409);
  await decided("guarded", "approved");
  await routed(second, 100);
  expect(await states(second)).toEqual(["awaiting_approval", "routing", "live"]);
});

test("a promotion by a rule waits too, and is taken back when it is not approved", async () => {
  const second = await guardedCanary("refusing");
  const promote = { model: "refusing", version: 2, reason: "rule canary-healthy" };
  await host.publish("promote refusing", EVENTS.rolloutPromote, promote);
  expect((await requested("refusing")).data).toMatchObject({ by: "automation", reason: "rule canary-healthy" });
  await decided("refusing", "approved", 7);
  await decided("refusing", "rejected");
  const { data } = await host.events.until(EVENTS.rolloutAborted, ofVersion("refusing", 2));
  expect(data).toMatchObject({ stable: 1, by: "command", reason: "grace did not approve: looked at it" });
  expect(await look(second)).toMatchObject({ state: "rolled_back", percent: 0 });
  expect(
    host.events.of(EVENTS.servingRoute).filter((event) => ofRun(second)(event) && event.data.percent === 100),
  ).toEqual([]);
});

test("a canary gets a fifth of the traffic at most, whatever the recipe says, and of other models what it says", async () => {
  const greedy = { ...CANARY, percent: 99 };
  await rollOut("bounded", 1);
  guarded.add("bounded");
  const second = await rollOut("bounded", 2, greedy, 20);
  expect(await look(second)).toMatchObject({ state: "canary", percent: 20, canary: { percent: 20 } });
  const asked = host.events.of(EVENTS.servingRoute).filter(ofRun(second));
  expect(asked.map(({ data }) => data.percent)).toEqual([20]);
  guarded.delete("bounded");
  const third = await rollOut("bounded", 3, greedy, 99);
  expect(await look(third)).toMatchObject({ state: "canary", percent: 99, canary: { percent: 99 } });
});

test.each(["loading", "ready"])("who starts a version that is %s asks for what a rule promotes", async (state) => {
  const model = `self-${state}`;
  await rollOut(model, 1);
  guarded.add(model);
  const runId = `${model}-2`;
  const deploy = { ...(await deployment(runId)), model, version: 2, canary: CANARY };
  await host.publish(`${runId} deploy`, EVENTS.modelDeploy, deploy);
  await host.events.until(EVENTS.servingLoad, ofRun(runId));
  if (state === "ready") {
    await loaded(runId);
    await host.events.until(EVENTS.rolloutReady, ofRun(runId));
  }
  const start = { model, version: 2, reason: "test" };
  await host.publish(`${runId} ada`, EVENTS.rolloutStart, { ...start, by: "ada" });
  await host.publish(`${runId} rule`, EVENTS.rolloutStart, start);
  if (state === "loading") await loaded(runId);
  await routed(runId, 20);
  await host.publish(`${runId} promote`, EVENTS.rolloutPromote, { ...start, reason: "rule canary-healthy" });
  expect((await requested(model)).data).toMatchObject({ by: "ada", reason: "rule canary-healthy" });
});

test("a canary that fails while somebody thinks it over is taken back", async () => {
  const second = await guardedCanary("souring");
  await command("promote", "souring", 2);
  await requested("souring");
  await observed("souring", 1, { real: windowOf(200) });
  await observed("souring", 2, { real: windowOf(40, 30) });
  await host.events.until(EVENTS.rolloutAborted, ofVersion("souring", 2));
  expect(await look(second)).toMatchObject({ state: "rolled_back" });
});

test("the first version of a protected model waits as well, whoever starts it and when", async () => {
  guarded.add("first");
  const runId = "first-2";
  await host.publish("first", EVENTS.modelDeploy, { ...(await deployment(runId)), model: "first", version: 2 });
  await host.events.until(EVENTS.modelGated, ofRun(runId));
  expect((await command("start", "first", 2)).status).toBe(202);
  await loaded(runId);
  expect((await requested("first")).data).toMatchObject({ by: "admin" });
  expect(await look(runId)).toMatchObject({ state: "awaiting_approval", percent: 0 });
  await decided("first", "approved");
  await routed(runId, 100);
  expect(await look(runId)).toMatchObject({ state: "live" });
});
