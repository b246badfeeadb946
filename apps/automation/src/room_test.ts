import {
  type EventDefinition,
  EVENTS,
  isFinal,
  NO_LIMITS,
  type ProjectLimits,
  Recipe,
  RunList,
  RunView,
  StartedRun,
} from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { readMigrations } from "@millrace/database/migration_files";
import { openPglite } from "@millrace/database/pglite";
import { openPostgres } from "@millrace/database/postgres";
import { type PostgresServer, postgresUnavailable, startPostgres } from "@millrace/database/testing";
import { testHost, type TestHost } from "@millrace/service/testing";
import { eq, like, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAutomation } from "./service.ts";
import { runs } from "./tables.ts";

const unavailable = postgresUnavailable();
if (unavailable !== undefined) console.warn(`limits are not tested with transactions at once: ${unavailable}`);

let server: PostgresServer | undefined;
let database: Database;
let host: TestHost;
let limits: ProjectLimits | "away";
beforeAll(async () => {
  // Embedded, one transaction waits for another anyway.
  if (unavailable === undefined) server = await startPostgres();
  database = server === undefined ? await openPglite() : openPostgres(server.url);
  host = await testHost({
    database,
    services: (openPorts, access) => [createAutomation(openPorts, access, { endpoint: () => "" })],
    migrations: { automation: await readMigrations("automation") },
    async limitsOf() {
      if (limits === "away") throw new Error("the registry is away");
      return limits;
    },
  });
  await host.start();
});
beforeEach(() => {
  limits = NO_LIMITS;
});
afterAll(async () => {
  await host.close();
  await database.close();
  await server?.stop();
});

const recipe = Recipe.parse({ name: "docs", sources: [{ path: "/docs" }], train: { enabled: false } });

function post(path: string, body: object): Promise<Response> {
  return host.request("automation", `/api/automation/runs${path}`, { method: "POST", body: JSON.stringify(body) });
}
const start = (idempotencyKey: string): Promise<Response> => post("", { recipe, idempotencyKey });
const get = async (path = ""): Promise<unknown> =>
  (await host.request("automation", `/api/automation/runs${path}`)).json();
const stateOf = async (runId: string) => RunView.parse(await get(`/${runId}`)).state;
/** Starts runs beyond any limit. */
async function begin(...keys: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(keys.map(start));
  return Promise.all(answers.map(async (answer) => StartedRun.parse(await answer.json()).runId));
}
const underWay = async () => RunList.parse(await get()).runs.filter(({ state }) => !isFinal(state));
/** Cancels what is under way. */
async function makeRoom(): Promise<void> {
  for (const { id } of await underWay()) await post(`/${id}/cancel`, {});
  await expect.poll(underWay, { timeout: 30_000 }).toEqual([]);
}
async function refusal(answer: Response): Promise<string> {
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  return `${answer.status} ${error.code} ${error.message}`;
}

test("no more runs are under way than the project may have, also when they are started at once", async () => {
  limits = { ...NO_LIMITS, concurrentRuns: 2 };
  const answers = await Promise.all(["one", "two", "three", "four"].map(start));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 429, 429]);
  const refused = answers.find(({ status }) => status === 429) as Response;
  expect(await refusal(refused)).toBe(
    "429 limit_reached starting a run in project default: found 2 runs under way, wanted at most 2 with it",
  );
  const begun = answers.findIndex(({ status }) => status === 202);
  const { runId } = StartedRun.parse(await (answers[begun] as Response).json());
  // The same run asked for again is not another one.
  expect((await start(["one", "two", "three", "four"][begun] as string)).status).toBe(202);

  expect((await post(`/${runId}/cancel`, { reason: "makes room" })).status).toBe(202);
  await expect.poll(() => stateOf(runId), { timeout: 30_000 }).toBe("cancelled");
  expect((await start("five")).status).toBe(202);
  expect(await refusal(await post(`/${runId}/resume`, {}))).toMatch(/^429 limit_reached/);
  limits = NO_LIMITS;
  expect((await post(`/${runId}/resume`, {})).status).toBe(202);
});

test("a project whose artifacts take all that they may starts no run", async () => {
  const artifacts = host.artifacts.forProject("default");
  await artifacts.put(new Uint8Array(5000), "application/octet-stream");
  await host.artifacts.forProject("acme").put(new Uint8Array(50_000), "application/octet-stream");
  limits = { ...NO_LIMITS, bytes: 5000 };
  const answer = await refusal(await start("full"));
  expect(answer).toMatch(
    /^403 limit_reached starting a run in project default: found 5\d{3} bytes of artifacts, wanted less than the limit of 5000/,
  );
  limits = { ...NO_LIMITS, bytes: 40_000 };
  expect((await start("full")).status).toBe(202);
});

test("runs that are resumed at once count from the moment they are asked for", async () => {
  const ids = await begin("first", "second", "third");
  await makeRoom();
  // Nobody handles an event: what counts is what was promised.
  await host.stop();
  limits = { ...NO_LIMITS, concurrentRuns: 2 };
  const answers = await Promise.all(ids.map((id) => post(`/${id}/resume`, {})));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 429]);
  expect((await start("fourth")).status).toBe(429);
  const resumed = ids.filter((_, at) => answers[at]?.status === 202);
  const views = await Promise.all(resumed.map(async (id) => RunView.parse(await get(`/${id}`))));
  expect(views.map(({ state, attempt, error }) => [state, attempt, error])).toEqual([
    ["planned", 2, null],
    ["planned", 2, null],
  ]);
  await host.start();
  for (const id of resumed) {
    const isSecond = ({ data }: { data: { runId: string; attempt: number } }) =>
      data.runId === id && data.attempt === 2;
    await host.events.until(EVENTS.corpusCollect, isSecond);
  }
});

test("a resume that an earlier version has published asks for room as well", async () => {
  const [first = "", second = ""] = await begin("early", "later");
  await makeRoom();
  limits = { ...NO_LIMITS, concurrentRuns: 1 };
  await host.publish(`${first} resume`, EVENTS.pipelineResume, { runId: first });
  await host.events.until(EVENTS.corpusCollect, ({ data }) => data.runId === first && data.attempt === 2);
  await host.publish(`${second} resume`, EVENTS.pipelineResume, { runId: second });
  await expect
    .poll(async () => RunView.parse(await get(`/${second}`)).error, { timeout: 30_000 })
    .toMatch(/found 1 runs under way, wanted at most 1 with it \(limit_reached\)$/);
  expect(await stateOf(second)).toBe("failed");
});

test("a run that is resumed and cancelled at once stays cancelled, whichever is handled first", async () => {
  const [id = ""] = await begin("of two minds");
  await host.events.until(EVENTS.corpusCollect, ({ data }) => data.runId === id);
  await makeRoom();
  await host.stop();
  expect((await post(`/${id}/resume`, {})).status).toBe(202);
  expect((await post(`/${id}/cancel`, {})).status).toBe(202);
  await host.start();
  const resume = await host.events.until(EVENTS.pipelineResume, ({ data }) => data.runId === id);
  const cancel = host.events.of(EVENTS.pipelineCancel).findLast(({ data }) => data.runId === id);
  const handled = async () => {
    const inbox = sql`automation.inbox where event_id in (${resume.id}, ${cancel?.id}) and consumer not like 'command-%'`;
    return (await host.database.drizzle.select({ one: sql`1` }).from(inbox)).length;
  };
  await expect.poll(handled, { timeout: 30_000 }).toBe(2);
  expect(RunView.parse(await get(`/${id}`))).toMatchObject({ state: "cancelled", attempt: 2, stoppedIn: "collecting" });
});

test("a run under way begins no further stage where artifacts take all that they may, and goes on from there with more room", async () => {
  const [id = ""] = await begin("growing");
  await host.events.until(EVENTS.corpusCollect, ({ data }) => data.runId === id);
  limits = { ...NO_LIMITS, bytes: 1 };
  const tell = (definition: EventDefinition) =>
    host.publish(
      `${id} ${definition.type}`,
      definition,
      { ...(definition.example as object), runId: id },
      { correlationid: id },
    );
  await tell(EVENTS.corpusCollected);
  await expect.poll(() => stateOf(id), { timeout: 30_000 }).toBe("failed");
  const stopped = RunView.parse(await get(`/${id}`));
  expect(stopped).toMatchObject({ errorCode: "limit_reached", stoppedIn: "cleaning" });
  expect(stopped.error).toMatch(/^beginning the stage: found \d+ bytes of artifacts, wanted less than the limit of 1;/);
  expect(stopped.stages.map(({ state }) => state).slice(0, 2)).toEqual(["done", "failed"]);
  expect(host.events.of(EVENTS.corpusClean).filter(({ data }) => data.runId === id)).toEqual([]);
  expect((await post(`/${id}/resume`, {})).status).toBe(403);

  limits = NO_LIMITS;
  expect((await post(`/${id}/resume`, {})).status).toBe(202);
  const clean = await host.events.until(EVENTS.corpusClean, ({ data }) => data.runId === id);
  expect(clean.data.attempt).toBe(2);
  await tell(EVENTS.corpusCleaned);
  await host.events.until(EVENTS.corpusDeduplicate, ({ data }) => data.runId === id);
  // What ends a run takes no room.
  limits = { ...NO_LIMITS, bytes: 1 };
  await tell(EVENTS.corpusDeduplicated);
  await expect.poll(() => stateOf(id), { timeout: 30_000 }).toBe("completed");
});

test("a stage that has begun goes on in mid-stage where artifacts take all that they may", async () => {
  const trained = { recipe: { ...recipe, train: { enabled: true } }, idempotencyKey: "in mid-stage" };
  const { runId } = StartedRun.parse(await (await post("", trained)).json());
  const tell = (definition: EventDefinition) => {
    const data = { ...(definition.example as object), runId };
    return host.publish(`${runId} ${definition.type}`, definition, data, { correlationid: runId });
  };
  await host.events.until(EVENTS.corpusCollect, ({ data }) => data.runId === runId);
  const steps: readonly (readonly [EventDefinition, EventDefinition])[] = [
    [EVENTS.corpusCollected, EVENTS.corpusClean],
    [EVENTS.corpusCleaned, EVENTS.corpusDeduplicate],
    [EVENTS.corpusDeduplicated, EVENTS.corpusTokenize],
    [EVENTS.corpusTokenized, EVENTS.trainingStart],
    [EVENTS.trainingCompleted, EVENTS.modelEvaluate],
    [EVENTS.modelEvaluated, EVENTS.modelRegister],
  ];
  for (const [fact, command] of steps) {
    await tell(fact);
    await host.events.until(command, ({ data }) => data["runId"] === runId);
  }
  expect(await stateOf(runId)).toBe("deploying");
  limits = { ...NO_LIMITS, bytes: 1 };
  await tell(EVENTS.modelRegistered);
  await host.events.until(EVENTS.modelDeploy, ({ data }) => data.runId === runId);
  expect(await stateOf(runId)).toBe("deploying");
  await makeRoom();
});

const { example } = EVENTS.modelDeployed;
async function keep(id: string, on: string, name: string): Promise<void> {
  const rule = { id, on, do: "start_run", recipe: { name, sources: [{ path: "docs" }] } };
  const init = { method: "PUT", body: JSON.stringify(rule) };
  expect((await host.request("automation", `/api/automation/rules/${id}`, init)).status).toBe(200);
}
const drop = (id: string) => host.request("automation", `/api/automation/rules/${id}`, { method: "DELETE" });
const firing = (ruleId: string, version: number) =>
  host.events.until(EVENTS.ruleFired, ({ data }) => data.ruleId === ruleId && data.version === version);

const idsOf = async (query: string) => RunList.parse(await get(query)).runs.map(({ id }) => id);

test("of all runs the newest are listed, and whichever has not ended is found", async () => {
  await makeRoom();
  const [old = ""] = await begin("the oldest");
  const { drizzle } = host.database;
  const [row] = await drizzle.select().from(runs).where(eq(runs.id, old));
  const newer = Array.from({ length: 200 }, (_, at) => {
    return { ...row!, id: `run-newer-${at}`, state: "completed" as const, createdAt: row!.createdAt + 1 };
  });
  await drizzle.insert(runs).values(newer);
  expect(await idsOf("")).not.toContain(old);
  expect(await idsOf("?underWay=true")).toEqual([old]);
  expect(await idsOf(`?text=${old.slice(0, 9).toUpperCase()}`)).toContain(old);
  expect(await idsOf(`?text=${row!.recipeRef.sha256.slice(0, 12)}`)).toHaveLength(200);
  expect(await idsOf("?text=%25")).toEqual([]);
  expect((await host.request("automation", "/api/automation/runs?text=a&underWay=true")).status).toBe(400);
  await drizzle.delete(runs).where(like(runs.id, "run-newer-%"));
});

describe("rules", () => {
  test("a rule that starts no run fires while nobody answers what the limits are", async () => {
    limits = "away";
    await host.publish("ready", EVENTS.rolloutReady, { ...EVENTS.rolloutReady.example, version: 77 });
    expect((await firing("gates-passed", 77)).data.outcome).toBe("done");
    await host.events.until(EVENTS.rolloutStart, ({ data }) => data.version === 77);
  });

  test("two rules that fire at once start no more runs than there may be, and the other says why it started none", async () => {
    await makeRoom();
    await keep("on-deployed", "millrace.model.deployed.v1", "of-deployed");
    await keep("on-aborted", "millrace.rollout.aborted.v1", "of-aborted");
    limits = { ...NO_LIMITS, concurrentRuns: 1 };
    await host.publish("deployed", EVENTS.modelDeployed, { ...example, version: 7 });
    await host.publish("aborted", EVENTS.rolloutAborted, { ...EVENTS.rolloutAborted.example, version: 7 });
    const told = [(await firing("on-deployed", 7)).data, (await firing("on-aborted", 7)).data];
    expect(told.map(({ outcome }) => outcome).toSorted()).toEqual(["done", "limit_reached"]);
    const refused = told.find(({ outcome }) => outcome === "limit_reached");
    expect(refused?.detail).toMatch(
      /^no run of of-(?:deployed|aborted) was started: found 1 runs under way, wanted at most 1 with it$/,
    );
    // The one that began counts for people too.
    expect((await start("beside a rule")).status).toBe(429);
    for (const id of ["on-deployed", "on-aborted"]) await drop(id);
  });

  test("a rule starts no run where artifacts take all that they may, and one when they do not", async () => {
    await makeRoom();
    await keep("on-deployed", "millrace.model.deployed.v1", "of-full");
    limits = { ...NO_LIMITS, bytes: 1 };
    await host.publish("full", EVENTS.modelDeployed, { ...example, version: 8 });
    const { outcome, detail } = (await firing("on-deployed", 8)).data;
    expect([outcome, detail]).toEqual([
      "limit_reached",
      expect.stringMatching(/^no run of of-full was started: found \d+ bytes/),
    ]);
    limits = NO_LIMITS;
    await host.publish("not full", EVENTS.modelDeployed, { ...example, version: 9 });
    expect((await firing("on-deployed", 9)).data.outcome).toBe("done");
    await drop("on-deployed");
  });
});
