import { utimes } from "node:fs/promises";
import { join } from "node:path";
import {
  type DeploymentState,
  type DeploymentView,
  type EventDefinition,
  EVENTS,
  Recipe,
  Rule,
  RuleDryRunResult,
  RuleList,
  type RuleOutcome,
  RunEvents,
  RunView,
  SERVICE_NAMES,
  StartedRun,
  Summary,
} from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { defineService, type Http, HttpError } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askRollouts } from "./ask_rollouts.ts";
import { forgetOldFirings } from "./forget_old_firings.ts";
import { measureWaits } from "./measure_waits.ts";
import { keepFiring, keepRule, listFirings } from "./rules/rule_store.ts";
import { newestEvents } from "./run_events.ts";
import { createAutomation } from "./service.ts";
import { runs } from "./tables.ts";

const DAY_MS = 86_400_000;

const endpoint = (): string => "http://127.0.0.1:4100/v1";

let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [
      createAutomation(openPorts, access, { endpoint }),
      defineService({ name: "deployer", routes: deployerStandIn }, openPorts, access),
      // They say which artifacts they need, and no more.
      ...SERVICE_NAMES.filter((name) => !["automation", "deployer"].includes(name)).map((name) =>
        defineService({ name }, openPorts, access),
      ),
    ],
    migrations: { automation: await readMigrations("automation") },
  });
  await host.start();
});
afterAll(() => host.close());

/** The deployer's side of the contract that deployments are asked for by; the deployer itself is another app. */
const deployments = new Map<string, DeploymentView>();
function deployerStandIn(http: Http): void {
  http.get("/api/deployer/deployments/:model/:version", (context) => {
    const { model, version } = context.req.param();
    if (model === "broken") throw new HttpError(500, "internal", "it cannot be told");
    const found = deployments.get(`${model}@${version}`);
    return found ? context.json(found) : context.json({}, 404);
  });
}

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

const deploying = async (runId: string) => (await look(runId)).stages.find(({ stage }) => stage === "deploying");
const awaits = (runId: string, wanted: object | undefined): Promise<void> =>
  expect
    .poll(async () => (await deploying(runId))?.awaits, { timeout: 30_000 })
    .toEqual(wanted && { ...wanted, since: expect.stringMatching(/^\d{4}-.*Z$/) });
const attemptOf = (model: string, runId: string) => ({ runId, model, version: 2, attempt: 1 });

/** Brings a run to its last stage. */
async function toDeploying(idempotencyKey: string): Promise<string> {
  const runId = await startRun(idempotencyKey);
  const { corpusCollected, corpusCleaned, corpusDeduplicated, corpusTokenized } = EVENTS;
  const facts = [corpusCollected, corpusCleaned, corpusDeduplicated, corpusTokenized];
  for (const fact of [...facts, EVENTS.trainingCompleted, EVENTS.modelEvaluated]) {
    const data = inRun(runId, fact.example);
    await host.publish(`${runId} ${fact.type}`, fact as never, data as never, { correlationid: runId });
  }
  await published(runId, EVENTS.pipelineStateChanged, (data) => data["state"] === "deploying");
  return runId;
}

function countOf(runId: string, event: EventDefinition): number {
  return host.events.of(event).filter(({ correlationid }) => correlationid === runId).length;
}

const inRun = <Data extends object>(runId: string, data: Data): Data & { runId: string } => ({ ...data, runId });

test("a recipe that no training can be planned for is refused before anything is read", async () => {
  const response = await post("/runs", { recipe: recipe({ train: { nodes: 9 } }), idempotencyKey: "impossible" });
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("9 nodes for 8 leaves")]);
});

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
  const run = { project: "default", id: runId };
  for (const most of [1, 2, 3]) expect(await newestEvents(host.bus, run, most)).toEqual(events.slice(-most));
});

test("no garbage goes where ingestion cannot tell of the hub's models", async () => {
  const store = host.artifacts.forProject("default");
  const { sha256 } = await store.put(new TextEncoder().encode("nobody's"), "text/plain");
  const file = join(host.artifactsFolder, "default", sha256.slice(0, 2), sha256);
  for (const path of [file, `${file}.chunks.json`]) await utimes(path, 0, 0);
  expect((await post("/garbage", { dryRun: false, graceSeconds: 0 })).status).toBe(500);
  expect(JSON.stringify(host.logged)).toContain("/api/ingestion/hub-cache/garbage: found status 404");
  expect(await store.has(sha256)).toBe(true);
});

test("GET /runs/:id of another project's run is not found", async () => {
  expect((await host.request("automation", "/api/automation/runs/run-none")).status).toBe(404);
});

const ready = (model: string, version = 2) => ({ runId: "run-r", model, version, attempt: 1, stable: 1 });
const ofModel = (model: string) => (event: { readonly data: Record<string, unknown> }) => event.data["model"] === model;

const isOurs = ({ data }: { data: { name: string } }): boolean => data.name === "from-rule";

describe("rules", () => {
  const rulesPath = "/api/automation/rules";
  const list = async () => RuleList.parse(await (await host.request("automation", rulesPath)).json()).rules;
  const put = (rule: Record<string, unknown> & { id: string }) =>
    host.request("automation", `${rulesPath}/${rule.id}`, { method: "PUT", body: JSON.stringify(rule) });

  const switchRules = async (enabled: boolean) => {
    for (const id of ["gates-passed", "canary-healthy"]) expect((await put({ id, enabled })).status).toBe(200);
  };

  test("a version that is ready is rolled out by a shipped rule, which says that it fired", async () => {
    const cause = await host.publish("ready shipped", EVENTS.rolloutReady, ready("shipped"));
    const start = await host.events.until(EVENTS.rolloutStart, ofModel("shipped"));
    expect(start.data).toEqual({ model: "shipped", version: 2, reason: "rule gates-passed" });
    expect(start.causationid).toBe(cause.id);
    const fired = await host.events.until(EVENTS.ruleFired, ofModel("shipped"));
    expect(fired.data).toMatchObject({ ruleId: "gates-passed", outcome: "done" });
  });

  test("only a healthy canary is promoted", async () => {
    const { evidence } = EVENTS.rolloutJudged.example;
    const judged = (model: string, verdict: "healthy" | "unhealthy") =>
      host.publish(`judged ${model}`, EVENTS.rolloutJudged, { model, version: 2, stable: 1, verdict, evidence });
    await judged("ill", "unhealthy");
    await judged("well", "healthy");
    await host.events.until(EVENTS.rolloutPromote, ofModel("well"));
    expect(host.events.of(EVENTS.rolloutPromote).filter(ofModel("ill"))).toEqual([]);
  });

  test("a run tells which roll-out it waits for where rules are switched off, until somebody goes on with it", async () => {
    const told = (model: string, runId: string, step: number, state: DeploymentState) =>
      host.publish(`${model} ${step}`, EVENTS.rolloutMoved, { ...attemptOf(model, runId), step, state, by: null });
    const isReady = (model: string, runId: string) =>
      host.publish(
        `${model} ready`,
        EVENTS.rolloutReady,
        { ...attemptOf(model, runId), stable: 1 },
        { correlationid: runId },
      );
    const isHealthy = (model: string, runId: string) =>
      host.publish(
        `${model} judged`,
        EVENTS.rolloutJudged,
        { ...EVENTS.rolloutJudged.example, model },
        { correlationid: runId },
      );

    const byRule = await toDeploying("by-rule");
    await isReady("byrule", byRule);
    await host.events.until(EVENTS.ruleFired, ofModel("byrule"));
    await told("byrule", byRule, 5, "ready");

    await switchRules(false);
    const byHand = await toDeploying("by-hand");
    await told("byhand", byHand, 5, "ready");
    await isReady("byhand", byHand);
    await awaits(byHand, { act: "start", version: "byhand@2", requestedBy: null });
    await measureWaits.run(host.ports, new AbortController().signal);
    const metrics = await (await host.request("automation", "/metrics")).text();
    expect(metrics).toContain('millrace_runs_waiting{project="default",act="start"} 1');
    await told("byhand", byHand, 6, "canary");
    await awaits(byHand, undefined);
    await isHealthy("byhand", byHand);
    await awaits(byHand, { act: "promote", version: "byhand@2", requestedBy: null });
    await told("byhand", byHand, 7, "paused");
    await awaits(byHand, { act: "resume", version: "byhand@2", requestedBy: null });
    await told("byhand", byHand, 8, "routing");
    await awaits(byHand, undefined);
    await switchRules(true);

    await told("byrule", byRule, 6, "paused");
    await awaits(byRule, { act: "resume", version: "byrule@2", requestedBy: null });
    await told("byrule", byRule, 7, "ready");
    await awaits(byRule, undefined);
  });

  test("a run whose deployment stood still before moves were told of says what it waits for, as the deployer tells it", async () => {
    const runId = await toDeploying("before-moves");
    const named = { model: "earlier", version: 2 };
    const registered = inRun(runId, { ...EVENTS.modelRegistered.example, ...named });
    await host.publish(`${runId} registered`, EVENTS.modelRegistered, registered, { correlationid: runId });
    await published(runId, EVENTS.modelDeploy);
    // Beside one whose deployment cannot be told.
    const other = await toDeploying("before-broken");
    const broken = inRun(other, { ...EVENTS.modelRegistered.example, model: "broken", version: 2 });
    await host.publish(`${other} registered`, EVENTS.modelRegistered, broken, { correlationid: other });
    await published(other, EVENTS.modelDeploy);
    const begun = askRollouts();
    const ask = (of = begun) => of.run(host.ports, new AbortController().signal);
    await ask();
    const at = new Date(0).toISOString();
    const rest = { percent: 10, error: null, samples: [], gates: [], stable: 1, canary: null, evidence: null };
    const stands = (state: DeploymentState, of = runId) =>
      deployments.set("earlier@2", {
        runId: of,
        ...named,
        ...rest,
        state,
        attempt: 1,
        requestedBy: "ada",
        steps: [{ state, at }],
        verdict: state === "canary" ? "healthy" : null,
        startedAt: at,
        updatedAt: at,
      });
    stands("loading");
    await ask();
    expect((await deploying(runId))?.awaits).toBeUndefined();
    stands("canary", other);
    await ask();
    expect((await deploying(runId))?.awaits).toBeUndefined();
    stands("canary");
    await ask();
    await awaits(runId, { act: "promote", version: "earlier@2", requestedBy: null });
    const moved = { ...attemptOf("earlier", runId), step: 2, state: "routing" as const, by: null };
    await host.publish("earlier 2", EVENTS.rolloutMoved, moved);
    await awaits(runId, undefined);
    await ask();
    expect((await deploying(runId))?.awaits).toBeUndefined();

    // What begins later tells of itself; it is for those who begin after it to ask.
    const later = await toDeploying("after-begin");
    const alike = { ...EVENTS.modelRegistered.example, ...named };
    await host.publish(`${later} registered`, EVENTS.modelRegistered, inRun(later, alike), { correlationid: later });
    await published(later, EVENTS.modelDeploy);
    stands("canary", later);
    await ask();
    expect((await deploying(later))?.awaits).toBeUndefined();
    await ask(askRollouts());
    await awaits(later, { act: "promote", version: "earlier@2", requestedBy: null });
  });

  test("firings that no limit counts any more go, and when a rule did something last stays known", async () => {
    const db = host.database.drizzle;
    const rule = { id: "fired-before", on: "millrace.model.deployed.v1", do: "promote", enabled: false };
    expect((await put(rule)).status).toBe(200);
    const now = Date.now();
    const fire = (eventId: string, outcome: RuleOutcome, at: number) => {
      const firing = { ruleId: rule.id, eventId, eventType: rule.on, action: "promote" as const, outcome, detail: "" };
      return keepFiring(db, "default", { ...firing, model: "docs", version: 1 }, at);
    };
    const kept = async () =>
      (await listFirings(db, "default", 500)).filter(({ ruleId }) => ruleId === rule.id).map(({ eventId }) => eventId);
    const told = async () => (await list()).find(({ id }) => id === rule.id);
    const forget = () => forgetOldFirings.run(host.ports, new AbortController().signal);

    const last = now - 31 * DAY_MS;
    await fire("first", "done", now - 32 * DAY_MS);
    await fire("last", "done", last);
    await fire("held", "cooldown", now - 31 * DAY_MS);
    await forget();
    expect(await kept()).toEqual(["last"]);
    expect(await told()).toMatchObject({ firedToday: 0, lastFiredAt: new Date(last).toISOString() });
    for (const [eventId, age] of [
      ["yesterday", 1.5],
      ["today", 0.5],
      ["now", 0],
    ] as const) {
      await fire(eventId, "done", now - age * DAY_MS);
    }
    await fire("held now", "cooldown", now);
    await forget();
    expect((await kept()).toSorted()).toEqual(["held now", "now", "today", "yesterday"]);
    expect(await told()).toMatchObject({ firedToday: 2 });
  });

  test("a shipped rule that is switched off does nothing, and cannot be dropped", async () => {
    expect((await put({ id: "gates-passed", enabled: false })).status).toBe(200);
    expect((await list()).find(({ id }) => id === "gates-passed")).toMatchObject({ enabled: false, source: "shipped" });
    const changed = { id: "gates-passed", on: "millrace.model.deployed.v1", do: "promote" };
    for (const more of [changed, { ...changed, enabled: true }]) {
      const refused = await put(more);
      expect([refused.status, await refused.text()]).toEqual([
        400,
        expect.stringContaining(
          "it is shipped, and can be switched only: found a rule written out, wanted enabled alone",
        ),
      ]);
    }
    expect((await list()).find(({ id }) => id === "gates-passed")).toMatchObject({ enabled: false });
    await host.publish("ready off", EVENTS.rolloutReady, ready("off"));
    expect((await put({ id: "gates-passed", enabled: true })).status).toBe(200);
    await host.publish("ready on", EVENTS.rolloutReady, ready("on"));
    await host.events.until(EVENTS.rolloutStart, ofModel("on"));
    expect(host.events.of(EVENTS.rolloutStart).filter(ofModel("off"))).toEqual([]);
    const dropped = await host.request("automation", `${rulesPath}/gates-passed`, { method: "DELETE" });
    expect(dropped.status).toBe(409);
  });

  test("a rule of one's own retrains by the recipe of the version, once within its cooldown", async () => {
    const runId = await startRun("rules-made", { name: "made", train: { enabled: true } });
    await published(runId, EVENTS.corpusCollect);
    const rule = {
      id: "retrain-after-abort",
      on: "millrace.rollout.aborted.v1",
      do: "retrain",
      when: [{ field: "by", op: "==", value: "analysis" }],
      cooldownSeconds: 3600,
    };
    expect((await put(rule)).status).toBe(200);
    const aborted = { ...EVENTS.rolloutAborted.example, model: "made", version: 1 };
    await host.publish("aborted 1", EVENTS.rolloutAborted, aborted);
    const first = await host.events.until(EVENTS.ruleFired, ofModel("made"));
    expect(first.data).toMatchObject({ outcome: "in_flight", detail: `${runId} is under way for made` });
    expect((await host.request("automation", `${rulesPath}/retrain-after-abort`, { method: "DELETE" })).status).toBe(
      200,
    );
    expect((await list()).map(({ id }) => id)).not.toContain("retrain-after-abort");
  });

  test("a rule starts a run of its own recipe, kept whole when the rule is, and no second one beside it", async () => {
    const recipe = { name: "from-rule", sources: [{ path: "docs" }], train: { enabled: false } };
    const rule = {
      id: "own-recipe",
      on: "millrace.model.deployed.v1",
      when: [{ field: "model", op: "==", value: "trigger" }],
      do: "start_run",
    };
    for (const refused of [rule, { ...rule, recipe: "/etc/recipe.yaml" }, { ...rule, do: "retrain", recipe }]) {
      expect((await put(refused)).status, JSON.stringify(refused)).toBe(400);
    }
    expect((await put({ ...rule, recipe })).status).toBe(200);
    const kept = (await list()).find(({ id }) => id === "own-recipe");
    expect(kept?.recipe).toMatchObject({ name: "from-rule" });
    const read = await host.request("automation", `${rulesPath}/own-recipe/recipe`);
    expect(Recipe.parse(await read.json())).toEqual(Recipe.parse(recipe));
    expect((await host.request("automation", `${rulesPath}/gates-passed/recipe`)).status).toBe(404);

    const deployed = { ...EVENTS.modelDeployed.example, model: "trigger", version: 1 };
    await host.publish("trigger 1", EVENTS.modelDeployed, deployed as never);
    const started = await host.events.until(EVENTS.pipelineStart, isOurs);
    expect(started.data.recipe).toEqual(kept?.recipe?.artifact);
    // A run of its own, whatever run the cause was of.
    expect([started.correlationid, started.subject]).toEqual([started.data.runId, started.data.runId]);
    await published(started.data.runId, EVENTS.corpusCollect);
    await host.publish("trigger 2", EVENTS.modelDeployed, { ...deployed, version: 2 } as never);
    const second = await host.events.until(
      EVENTS.ruleFired,
      ({ data }) => data.model === "trigger" && data.version === 2,
    );
    expect(second.data).toMatchObject({
      outcome: "in_flight",
      detail: `${started.data.runId} is under way for from-rule`,
    });
    expect(host.events.of(EVENTS.pipelineStart).filter(isOurs)).toHaveLength(1);
  });

  test("a recipe that no run can end with is not kept, and one that was kept starts none", async () => {
    const rule = { id: "bad-recipe", on: "millrace.model.deployed.v1", do: "start_run" };
    const impossible = { name: "never", sources: [{ path: "docs" }], train: { nodes: 9, leaves: 2 } };
    const refused = await put({ ...rule, recipe: impossible });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("a node needs a leaf")]);

    const artifacts = host.artifacts.forProject("default");
    for (const [model, recipe, why] of [
      ["strange", { name: "never" }, /^the recipe of the rule: sources: /],
      ["impossible", impossible, /a node needs a leaf/],
    ] as const) {
      const artifact = await artifacts.put(new TextEncoder().encode(JSON.stringify(recipe)), "application/json");
      const when = [{ field: "model", op: "==" as const, value: model }];
      const kept = Rule.parse({ ...rule, id: `kept-${model}`, when, recipe: { name: "never", artifact } });
      await keepRule(host.database.drizzle, "default", kept);
      await host.publish(`starts ${model}`, EVENTS.modelDeployed, { ...EVENTS.modelDeployed.example, model } as never);
      const { data } = await host.events.until(EVENTS.ruleFired, ofModel(model));
      expect(data).toMatchObject({ outcome: "not_applicable", detail: expect.stringMatching(why) });
    }
  });

  /** A run that has made version 1 of a model by a recipe, and a rule that retrains the model; the rule has fired. */
  async function retrained(model: string, recipe: unknown) {
    const store = host.artifacts.forProject("default");
    const recipeRef = await store.put(new TextEncoder().encode(JSON.stringify(recipe)), "application/json");
    const version = 1;
    const registered = { ...EVENTS.modelRegistered.example, model, version };
    const row = { project: "default", id: `run-${model}`, name: model, state: "serving" as const, attempt: 1 };
    const made = { ...row, recipeRef, recipe, facts: { registered }, createdAt: 1, updatedAt: 1 };
    await host.database.drizzle.insert(runs).values(made as never);
    const when = [{ field: "model", op: "==", value: model }];
    const rule = { id: `again-${model}`, on: "millrace.rollout.aborted.v1", do: "retrain", when };
    expect((await put(rule)).status).toBe(200);
    const aborted = { ...EVENTS.rolloutAborted.example, model, version };
    await host.publish(`aborted ${model}`, EVENTS.rolloutAborted, aborted);
    return (await host.events.until(EVENTS.ruleFired, ofModel(model))).data;
  }

  test("a version whose run had a recipe that can be planned no more is not trained anew, and nothing waits for it", async () => {
    const model = "outgrown";
    const impossible = { ...recipe({ name: model }), train: { nodes: 9, leaves: 2 } };
    const fired = await retrained(model, impossible);
    expect(fired).toMatchObject({ outcome: "not_applicable", detail: expect.stringContaining("a node needs a leaf") });
    const found = await host.database.drizzle.select().from(runs).where(eq(runs.name, model));
    expect(found).toHaveLength(1);
  });

  test("a version that went on from a checkpoint is trained anew from the start, by a recipe that the new run keeps", async () => {
    const model = "onwards";
    const { train, ...rest } = recipe({ name: model });
    expect(await retrained(model, { ...rest, train: { ...train, from: "run-1a2b3c4d@60" } })).toMatchObject({
      outcome: "done",
    });
    const begun = await host.events.until(EVENTS.pipelineStart, ({ data }) => data.name === model);
    const bytes = await host.artifacts.forProject("default").bytes(begun.data.recipe.sha256);
    expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({ ...rest, train });
    const { recipe: told } = await look(begun.data.runId);
    expect(told).toEqual(begun.data.recipe);
  });

  test("to switch a rule that is not shipped is told apart from a rule that is malformed", async () => {
    const refused = await put({ id: "nobodys", enabled: false });
    expect([refused.status, await refused.text()]).toEqual([
      404,
      expect.stringContaining("wanted a shipped one (gates-passed, canary-healthy, drift-retrain)"),
    ]);
  });

  test("a dry run counts what a rule would have done, and does nothing", async () => {
    const before = host.events.of(EVENTS.ruleFired).length;
    const rule = { id: "dry", on: "millrace.rollout.ready.v1", do: "abort", when: [], cooldownSeconds: 3600 };
    const response = await post("/rules/dry-run", { rule });
    const result = RuleDryRunResult.parse(await response.json());
    expect(result.seen).toBeGreaterThanOrEqual(3);
    expect(result.wouldFire).toBe(new Set(result.examples.map(({ data }) => data["model"])).size);
    expect(host.events.of(EVENTS.ruleFired)).toHaveLength(before);
  });

  test("a rule that is malformed is refused in words", async () => {
    const response = await put({ id: "bad", on: "millrace.nothing.v1", do: "promote" });
    expect(response.status).toBe(400);
    expect(JSON.stringify(await response.json())).toContain("on: expected one of");
  });
});
