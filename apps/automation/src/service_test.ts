import { type EventDefinition, EVENTS, Recipe, RunEvents, RunView, StartedRun, Summary } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAutomation } from "./service.ts";

const endpoint = (): string => "http://127.0.0.1:4100/v1";

let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [createAutomation(openPorts, access, { endpoint })],
    migrations: { automation: await readMigrations("automation") },
  });
  await host.start();
});
afterAll(() => host.close());

const recipe = (overrides: object = {}): Recipe =>
  Recipe.parse({ name: "docs", sources: [{ path: "/docs" }], ...overrides });

async function post(path: string, body: object): Promise<Response> {
  return host.request("automation", `/api/automation${path}`, { method: "POST", body: JSON.stringify(body) });
}

async function startRun(idempotencyKey: string, overrides: object = {}): Promise<string> {
  const response = await post("/runs", { recipe: recipe(overrides), idempotencyKey });
  expect(response.status).toBe(202);
  return StartedRun.parse(await response.json()).runId;
}

async function look(runId: string): Promise<RunView> {
  return RunView.parse(await (await host.request("automation", `/api/automation/runs/${runId}`)).json());
}

/** Waits for the event that this run is expected to publish. */
function published(
  runId: string,
  event: EventDefinition,
  wanted: (data: Record<string, unknown>) => boolean = () => true,
) {
  return host.events.until(event, ({ correlationid, data }) => correlationid === runId && wanted(data));
}

function countOf(runId: string, event: EventDefinition): number {
  return host.events.of(event).filter(({ correlationid }) => correlationid === runId).length;
}

const inRun = <Data extends object>(runId: string, data: Data): Data & { runId: string } => ({ ...data, runId });

test("a run goes from start to serving on the facts of the other services", async () => {
  const runId = await startRun("whole");
  const story = [
    [EVENTS.corpusCollect, EVENTS.corpusCollected],
    [EVENTS.corpusClean, EVENTS.corpusCleaned],
    [EVENTS.corpusDeduplicate, EVENTS.corpusDeduplicated],
    [EVENTS.corpusTokenize, EVENTS.corpusTokenized],
    [EVENTS.trainingStart, EVENTS.trainingCompleted],
    [EVENTS.modelEvaluate, EVENTS.modelEvaluated],
    [EVENTS.modelRegister, EVENTS.modelRegistered],
    [EVENTS.modelDeploy, EVENTS.modelPackaged],
  ] as const;
  for (const [command, fact] of story) {
    await published(runId, command);
    await host.publish(`${runId} ${fact.type}`, fact as never, inRun(runId, fact.example) as never, {
      correlationid: runId,
    });
  }
  await host.publish(`${runId} deployed`, EVENTS.modelDeployed, inRun(runId, EVENTS.modelDeployed.example), {
    correlationid: runId,
  });
  await published(runId, EVENTS.pipelineStateChanged, (data) => data["state"] === "serving");

  expect((await look(runId)).stages.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => "done"));
  const summary = Summary.parse(
    await (await host.request("automation", `/api/automation/runs/${runId}/summary`)).json(),
  );
  expect(summary).toMatchObject({
    state: "serving",
    endpoint: "http://127.0.0.1:4100/v1",
    documents: { kept: 31, duplicates: 4 },
    model: { name: "docs", version: 1 },
    verdict: "better than gzip, not better than counting",
  });
  expect(countOf(runId, EVENTS.modelDeploy)).toBe(1);
});

test("POST /runs answers the same idempotency key with the same run, once", async () => {
  const [first, second] = [await startRun("twice"), await startRun("twice")];
  expect(first).toBe(second);
  await published(first, EVENTS.corpusCollect);
  expect(countOf(first, EVENTS.pipelineStart)).toBe(1);
});

test("a failed stage ends the run, and resuming asks for that stage again under a new attempt", async () => {
  const runId = await startRun("failing");
  await published(runId, EVENTS.corpusCollect);
  const error = { code: "no_documents", message: "listing the sources: found no documents" };
  await host.publish(
    `${runId} failed`,
    EVENTS.stageFailed,
    { runId, stage: "collecting", attempt: 1, error },
    { correlationid: runId },
  );
  await published(runId, EVENTS.pipelineStateChanged, (data) => data["state"] === "failed");
  expect(await look(runId)).toMatchObject({
    state: "failed",
    stoppedIn: "collecting",
    error: expect.stringContaining("no_documents"),
    errorCode: "no_documents",
  });

  expect((await post(`/runs/${runId}/resume`, {})).status).toBe(202);
  await published(runId, EVENTS.corpusCollect, (data) => data["attempt"] === 2);
  expect(await look(runId)).toMatchObject({ state: "collecting", attempt: 2, error: null, errorCode: null });

  await host.publish(
    `${runId} late`,
    EVENTS.stageFailed,
    { runId, stage: "collecting", attempt: 1, error },
    { correlationid: runId },
  );
  await host.publish(`${runId} collected`, EVENTS.corpusCollected, inRun(runId, EVENTS.corpusCollected.example), {
    correlationid: runId,
  });
  await published(runId, EVENTS.corpusClean);
  expect((await look(runId)).state).toBe("cleaning");
});

test("cancelling ends the run and tells the services; it cannot be cancelled twice", async () => {
  const runId = await startRun("cancelled");
  await published(runId, EVENTS.corpusCollect);
  expect((await post(`/runs/${runId}/cancel`, {})).status).toBe(202);
  await published(runId, EVENTS.pipelineCancelled);
  expect(await look(runId)).toMatchObject({ state: "cancelled", stoppedIn: "collecting" });
  expect((await post(`/runs/${runId}/cancel`, {})).status).toBe(409);
  const { events } = RunEvents.parse(
    await (await host.request("automation", `/api/automation/runs/${runId}/events`)).json(),
  );
  expect(events.map(({ type }) => type)).toContain(EVENTS.pipelineCancelled.type);
});

test("GET /runs/:id of another project's run is not found", async () => {
  expect((await host.request("automation", "/api/automation/runs/run-none")).status).toBe(404);
});
