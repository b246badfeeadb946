/** Roll-outs: a canary beside the stable version, judged, promoted or taken back. */
import { EVENTS } from "@millrace/contracts";
import { expect, test } from "vitest";
import { asked, host, hostDeployer, look, ofRun } from "./testing/deployer_kit.ts";
import { CANARY, command, observed, ofVersion, rollOut, routed, windowOf } from "./testing/roll_out_kit.ts";

hostDeployer();

const to = (version: number) => asked.filter(({ model }) => model === `quiet@${version}`);

test("a later version is tried on part of the traffic, found healthy, promoted, and takes the place of the first", async () => {
  const first = await rollOut("rolled", 1);
  const second = await rollOut("rolled", 2);
  expect(await look(second)).toMatchObject({ state: "canary", percent: 20, stable: 1, verdict: null });
  expect(await look(first)).toMatchObject({ state: "live", percent: 80 });
  await observed("rolled", 1, { real: windowOf(200) });
  await observed("rolled", 2, { real: windowOf(20) });
  await observed("rolled", 2, { synthetic: windowOf(15) });
  const { data } = await host.events.until(EVENTS.rolloutJudged, ofVersion("rolled", 2));
  expect(data).toMatchObject({ verdict: "healthy", stable: 1 });
  expect(data.evidence).toMatchObject({
    requests: { canary: 35, stable: 200 },
    synthetic: { canary: 15, stable: 0 },
    errors: { canary: 0, stable: 0 },
  });
  expect(await look(second)).toMatchObject({ state: "canary", verdict: "healthy" });
  await host.publish("promote rolled", EVENTS.rolloutPromote, { model: "rolled", version: 2, reason: "healthy" });
  await routed(second, 100);
  await host.events.until(EVENTS.modelDeployed, ofRun(second));
  expect(await look(second)).toMatchObject({ state: "live", percent: 100 });
  expect(await look(first)).toMatchObject({ state: "superseded", percent: 0 });
  const path = ["packaging", "gating", "loading", "smoke", "ready", "canary", "routing", "live"];
  expect((await look(second))?.steps.map(({ state }) => state)).toEqual(path);
  const alone = [...path.filter((state) => state !== "canary"), "superseded"];
  expect((await look(first))?.steps.map(({ state }) => state)).toEqual(alone);
});

test("a canary that fails more often is taken back at once, and its run hears why", async () => {
  await rollOut("failing", 1);
  const second = await rollOut("failing", 2);
  await observed("failing", 1, { real: windowOf(180) });
  await observed("failing", 2, { real: windowOf(20, 12) });
  const aborted = await host.events.until(EVENTS.rolloutAborted, ofRun(second));
  expect(aborted.data).toMatchObject({ version: 2, stable: 1, by: "analysis" });
  expect(aborted.data.reason).toBe("12 of 20 requests failed, of version 1 0 of 180");
  const { data } = await host.events.until(EVENTS.stageFailed, ofRun(second));
  expect(data.error.code).toBe("rolled_back");
  const back = await host.events.until(
    EVENTS.servingRoute,
    (event) => ofRun(second)(event) && event.data.percent === 0,
  );
  expect(back.data.version).toBe(2);
  expect(await look(second)).toMatchObject({ state: "rolled_back", verdict: "unhealthy", percent: 0 });
});

test("windows of before the canary do not count, nor does the same window twice", async () => {
  await rollOut("strict", 1);
  const second = await rollOut("strict", 2);
  await observed("strict", 2, { real: windowOf(500), startMs: Date.now() - 3_600_000 });
  const startMs = Date.now() + 1000;
  const twice = { model: "strict", version: 2, gateway: "same", windowStart: new Date(startMs).toISOString() };
  for (const key of ["one", "two"]) {
    const data = { ...twice, windowMs: 10_000, real: windowOf(7), synthetic: windowOf(0) };
    await host.publish(`strict ${key}`, EVENTS.trafficObserved, data);
  }
  await observed("strict", 2, { real: windowOf(2) });
  await expect.poll(async () => (await look(second))?.evidence?.requests.canary, { timeout: 30_000 }).toBe(9);
  expect(await look(second)).toMatchObject({ state: "canary", verdict: null });
});

test("validation text stands in for users who do not come, on both versions and marked as synthetic", async () => {
  await rollOut("quiet", 1);
  asked.length = 0;
  const second = await rollOut("quiet", 2, { ...CANARY, requests: 10, waitSeconds: 0 });
  await expect.poll(() => [to(1).length, to(2).length - 3], { timeout: 30_000 }).toEqual([10, 10]);
  const synthetic = to(1);
  expect(synthetic.every((body) => body["synthetic"] === "1")).toBe(true);
  expect(synthetic.every((body) => String(body["prompt"]).startsWith("the mill race"))).toBe(true);
  await observed("quiet", 1, { synthetic: windowOf(10) });
  await observed("quiet", 2, { synthetic: windowOf(10) });
  expect((await host.events.until(EVENTS.rolloutJudged, ofVersion("quiet", 2))).data.verdict).toBe("healthy");
  expect(await look(second)).toMatchObject({ verdict: "healthy" });
});

test("a paused canary is watched but not decided about, until it is resumed, and each move is told", async () => {
  await rollOut("paused", 1);
  const second = await rollOut("paused", 2);
  expect((await command("pause", "paused", 2)).status).toBe(202);
  await expect.poll(async () => (await look(second))?.state, { timeout: 30_000 }).toBe("paused");
  await observed("paused", 2, { real: windowOf(40) });
  await expect.poll(async () => (await look(second))?.evidence?.requests.canary, { timeout: 30_000 }).toBe(40);
  expect(await look(second)).toMatchObject({ state: "paused", verdict: null });
  expect((await command("resume", "paused", 2)).status).toBe(202);
  const { data } = await host.events.until(EVENTS.rolloutJudged, ofVersion("paused", 2));
  expect(data).toMatchObject({ verdict: "healthy", attempt: 1 });
  const moves = host.events.of(EVENTS.rolloutMoved).filter(ofRun(second));
  const states = ["gating", "loading", "smoke", "ready", "canary", "paused", "canary"];
  expect(moves.map(({ data: { step, state } }) => [step, state])).toEqual(states.map((state, at) => [at + 2, state]));
});

test("an earlier version comes back through load, smoke and canary under the next attempt", async () => {
  const first = await rollOut("returning", 1);
  const second = await rollOut("returning", 2);
  expect((await command("promote", "returning", 2)).status).toBe(202);
  await routed(second, 100);
  await expect.poll(async () => (await look(first))?.state, { timeout: 30_000 }).toBe("superseded");
  expect((await command("start", "returning", 1)).status).toBe(202);
  const load = await host.events.until(EVENTS.servingLoad, (event) => ofRun(first)(event) && event.data.attempt === 2);
  const { model, version, attempt } = load.data;
  const again = { runId: first, model, version, attempt, replicas: 1 };
  await host.publish("returning loaded", EVENTS.servingLoaded, again);
  // Asked for by name, it needs no rule to go on.
  await routed(first, 20);
  expect(await look(first)).toMatchObject({ state: "canary", stable: 2 });
  expect((await look(first))?.steps.map(({ state }) => state)).toEqual(["loading", "smoke", "ready", "canary"]);
});

test("what the state does not allow is refused in words, and unknown versions are not found", async () => {
  await rollOut("refused", 1);
  const response = await command("promote", "refused", 1);
  expect(response.status).toBe(409);
  expect(JSON.stringify(await response.json())).toContain("found it live, wanted ready, canary, paused");
  expect(await (await command("start", "refused", 1)).json()).toMatchObject({
    error: { message: "start of refused@1: it is live already" },
  });
  expect((await command("start", "refused", 7)).status).toBe(404);
});

test("a newer version that is tried takes the place of one that is on trial", async () => {
  await rollOut("newer", 1);
  const second = await rollOut("newer", 2);
  const third = await rollOut("newer", 3);
  expect(await look(second)).toMatchObject({ state: "rolled_back", error: "version 3 is tried instead" });
  expect(await look(third)).toMatchObject({ state: "canary", stable: 1 });
});
