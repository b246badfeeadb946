import { html } from "hono/html";
import { expect, test } from "vitest";
import { runPage } from "./pages/run.ts";
import { runList } from "./pages/home.ts";
import { headlineOf, progressText, rateOf, runningRun, sentenceOf } from "./run_state.ts";
import { runAt, START_MS } from "./testing/scene_data.ts";
import { DEPLOYMENTS } from "./testing/scene_rollouts.ts";

test("rateOf() tells speed and time left from what is done so far", () => {
  const startedAt = new Date(START_MS).toISOString();
  const stage = { stage: "training", state: "running", startedAt, endedAt: null, workedSeconds: 10 } as const;
  const progress = { done: 50, total: 200, unit: "steps" };
  expect(rateOf({ ...stage, progress })).toEqual({ perSecond: 5, leftSeconds: 30 });
  expect(rateOf({ ...stage, progress: { ...progress, done: 0 } })).toBeUndefined();
  expect(rateOf({ ...stage, state: "done", progress })).toBeUndefined();
});

test("sentenceOf() says where a run stopped", () => {
  expect(sentenceOf(runAt("tokenizing", { state: "failed", stoppedIn: "tokenizing" }))).toBe(
    "handbook failed while tokenizing",
  );
});

test("a run that waits for a second person says so, and not how long it will take", () => {
  const run = runAt("deploying");
  const stages = run.stages.map((stage) =>
    stage.stage === "deploying"
      ? { ...stage, progress: null, awaits: { act: "approve" as const, version: "docs@2", requestedBy: "ada" } }
      : stage,
  );
  const deploying = stages.find(({ stage }) => stage === "deploying")!;
  expect(sentenceOf({ ...run, stages })).toBe("docs@2 waits for approval");
  expect(progressText(deploying)).toBe("docs@2 waits for approval");
  expect(rateOf(deploying)).toBeUndefined();
});

const FRAME = {
  report: undefined,
  deployments: [],
  tab: "overview" as const,
  nowMs: START_MS,
  isNewest: true,
  hasTrials: false,
};

test("a run that failed when its version was taken back is told as live once that version is, and nobody resumes it", async () => {
  const run = runAt("deploying", {
    state: "failed",
    stoppedIn: "deploying",
    error: "by hand",
    errorCode: "rolled_back",
  });
  const [taken] = DEPLOYMENTS.rolledBack;
  const pageWhen = async (state: "live" | "rolled_back", runId = run.id): Promise<string> => {
    const deployments = [{ ...taken, runId, state }];
    return String(await runPage({ ...FRAME, run, deployments, mayOperate: true }, html``));
  };
  const live = await pageWhen("live");
  expect(live).toContain("<h1>handbook v4 is live, after handbook failed while deploying</h1>");
  expect(live).toContain("by hand");
  expect(live).not.toMatch(/class="why failed"|\/resume"/);
  for (const page of [await pageWhen("rolled_back"), await pageWhen("live", "run-other")]) {
    expect(page).toContain("<h1>handbook failed while deploying</h1>");
    expect(page).toMatch(/class="why failed"[^]*\/resume"/);
  }
  const deployments = [{ ...taken, runId: run.id, state: "live" as const }];
  expect(headlineOf(run, deployments)).toMatchObject({ tone: "ok", state: "live" });
  const list = (found: typeof deployments) => String(runList([run], found, START_MS));
  expect(list(deployments)).toMatch(/class="[^"]*ok[^"]*"[^>]*>[^]*live/);
  expect(list([])).toMatch(/failed/);
});

test("the page of a run that waits for a roll-out says what for, where to look and what ends it", async () => {
  const run = runAt("deploying");
  const awaits = { act: "start" as const, version: "handbook@2", requestedBy: null };
  const stages = run.stages.map((one) => (one.stage === "deploying" ? { ...one, awaits } : one));
  const frame = { ...FRAME, mayOperate: true };
  const page = String(await runPage({ ...frame, run: { ...run, stages } }, html``));
  for (const part of [
    "handbook@2 is ready and waits to be rolled out, which no rule does.",
    'href="/deployments?model=handbook"',
    "npx millrace rollout start handbook@2",
  ]) {
    expect(page).toContain(part);
  }
});

test("runningRun() passes over runs that have ended", () => {
  const [ended, moving] = [runAt("serving"), runAt("cleaning")];
  expect(runningRun([ended, moving])).toBe(moving);
  expect(runningRun([ended])).toBeUndefined();
});
