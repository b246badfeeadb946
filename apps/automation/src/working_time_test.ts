import { type DeploymentState, EVENTS, Recipe, RunView, StartedRun, Summary } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAutomation } from "./service.ts";
import { keepWorkingTime } from "./working_time.ts";

let nowMs = Date.parse("2026-01-05T08:00:00Z");
let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [
      createAutomation(openPorts, access, { endpoint: () => "http://127.0.0.1:4100/v1" }),
    ],
    migrations: { automation: await readMigrations("automation") },
    now: () => nowMs,
  });
  await host.start();
});
afterAll(() => host.close());

async function ask(path: string, body?: object): Promise<unknown> {
  const init = body && { method: "POST", body: JSON.stringify(body) };
  return (await host.request("automation", `/api/automation/runs${path}`, init)).json();
}

async function startRun(idempotencyKey: string): Promise<string> {
  const recipe = Recipe.parse({ name: "docs", sources: [{ path: "/docs" }] });
  const { runId } = StartedRun.parse(await ask("", { recipe, idempotencyKey }));
  await until(runId, "collecting", 1);
  return runId;
}

async function until(runId: string, state: string, attempt: number): Promise<void> {
  const reached = { runId, state, attempt };
  await host.events.until(EVENTS.pipelineStateChanged, ({ data }) =>
    Object.entries(reached).every(([key, value]) => data[key as keyof typeof data] === value),
  );
}

async function fail(runId: string, attempt: number): Promise<void> {
  const error = { code: "collecting_failed", message: "the disk is full" };
  await host.publish(`${runId} ${attempt}`, EVENTS.stageFailed, { runId, stage: "collecting", attempt, error });
  await until(runId, "failed", attempt);
}

/** The process works on, and looks every five seconds. */
async function work(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 5) {
    nowMs += 1000 * Math.min(5, left);
    if (left >= 5) await keepWorkingTime.run(host.ports, new AbortController().signal);
  }
}

async function seconds(runId: string): Promise<Record<string, number>> {
  const view = RunView.parse(await ask(`/${runId}`));
  const { seconds: told } = Summary.parse(await ask(`/${runId}/summary`));
  expect(view.stages.map(({ workedSeconds }) => workedSeconds)).toEqual(
    view.stages.map(({ stage }) => told[stage] ?? 0),
  );
  return told;
}

test("a resumed run counts the time of both attempts and not the hours between them", async () => {
  const runId = await startRun("resumed");
  await work(32);
  expect(await seconds(runId)).toEqual({ collecting: 32, total: 32 });
  await fail(runId, 1);
  nowMs += 9 * 3600_000;
  expect(await seconds(runId)).toEqual({ collecting: 32, total: 32 });
  await ask(`/${runId}/resume`, {});
  await until(runId, "collecting", 2);
  await work(11);
  expect(await seconds(runId)).toEqual({ collecting: 43, total: 43 });
  await fail(runId, 2);
  expect(await seconds(runId)).toEqual({ collecting: 43, total: 43 });
});

test("the time between a kill and the next start does not count, though no event tells of the kill", async () => {
  const runId = await startRun("killed");
  await work(20);
  nowMs += 3600_000;
  expect(await seconds(runId)).toEqual({ collecting: 20, total: 20 });
  await work(10);
  // The first look after the pause cannot tell how much of the silence was work.
  expect(await seconds(runId)).toEqual({ collecting: 25, total: 25 });
});

test("the time in which a person is awaited does not count, and is told of", async () => {
  const runId = await startRun("approved");
  const named = { runId, model: "docs", version: 2 };
  const reach = [
    ["cleaning", EVENTS.corpusCollected],
    ["deduplicating", EVENTS.corpusCleaned],
    ["tokenizing", EVENTS.corpusDeduplicated],
    ["training", EVENTS.corpusTokenized],
    ["evaluating", EVENTS.trainingCompleted],
    ["deploying", EVENTS.modelEvaluated],
  ] as const;
  for (const [stage, fact] of reach) {
    await host.publish(`${runId} ${stage}`, fact as typeof EVENTS.corpusCollected, { ...fact.example, runId } as never);
    await until(runId, stage, 1);
  }
  const deploying = async () => RunView.parse(await ask(`/${runId}`)).stages.find(({ stage }) => stage === "deploying");
  const isAwaited = (awaits: object | undefined) =>
    expect
      .poll(async () => (await deploying())?.awaits)
      .toEqual(awaits && { ...awaits, since: expect.stringMatching(/Z$/) });
  await host.publish(`${runId} progress`, EVENTS.stageProgressed, {
    ...EVENTS.stageProgressed.example,
    runId,
    stage: "deploying",
    done: 1,
    total: 2,
    unit: "steps",
  });
  await expect.poll(async () => (await deploying())?.progress?.done).toBe(1);
  await work(10);
  let steps = 0;
  const moved = (state: DeploymentState, by: string | null = null, attempt = 1, step = ++steps) =>
    host.publish(`${runId} moved ${attempt} ${step}`, EVENTS.rolloutMoved, { ...named, attempt, step, state, by });
  const approval = { act: "approve", version: "docs@2", requestedBy: "ada" };
  await moved("awaiting_approval", "ada");
  await isAwaited(approval);
  await work(600);
  expect(await deploying()).toMatchObject({ state: "running", workedSeconds: 10, progress: null });
  await moved("canary");
  await isAwaited(undefined);
  await work(5);
  expect(await deploying()).toMatchObject({ workedSeconds: 15, progress: { done: 1 } });
  await moved("paused");
  await isAwaited({ act: "resume", version: "docs@2", requestedBy: null });
  await moved("canary");
  await isAwaited(undefined);

  // What is heard of late changes nothing; a further attempt counts from its own first step, and ends with its stage.
  await moved("awaiting_approval", "ada", 2, 1);
  await isAwaited(approval);
  await moved("paused", null, 1, 40);
  await work(60);
  const error = { code: "rolled_back", message: "taken back" };
  await host.publish(`${runId} failed`, EVENTS.stageFailed, { runId, stage: "deploying", attempt: 1, error });
  await until(runId, "failed", 1);
  const ended = await deploying();
  expect(ended).toMatchObject({ state: "failed", workedSeconds: 15 });
  expect(ended?.awaits).toBeUndefined();
});

test("the next stage begins where the one before it ends", async () => {
  const runId = await startRun("onwards");
  await work(10);
  await host.publish(`${runId} collected`, EVENTS.corpusCollected, { ...EVENTS.corpusCollected.example, runId });
  await until(runId, "cleaning", 1);
  await work(5);
  expect(await seconds(runId)).toEqual({ collecting: 10, cleaning: 5, total: 15 });
});
