/** Searches: trials as jobs on real node processes. */
import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type EventData, EVENTS, Recipe, type RecipeInput } from "@millrace/contracts";
import { rowsOf } from "@millrace/database";
import { and, eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkpoints } from "./tables.ts";
import { type TrainerKit, trainerKit } from "./testing/trainer_kit.ts";

const TOY_MAIN = fileURLToPath(new URL("./testing/toy_node_main.ts", import.meta.url));

let kit: TrainerKit;
/** Programs of the next nodes, where they are others. */
const programs: string[] = [];
/** How many nodes lived when each was started. */
const besides: number[] = [];
beforeAll(async () => {
  kit = await trainerKit(() => {
    besides.push(kit.alive.size);
    return programs.shift();
  });
});
afterAll(async () => {
  await kit.host.close();
  await rm(kit.curvesFolder, { recursive: true, force: true });
});

const SEARCH = {
  space: {
    "train.learningRate": { float: [1e-5, 0.05] as [number, number], log: true },
    "model.heads": { choices: [2, 4] },
  },
  method: "random" as const,
  trials: 5,
  parallel: 2,
  minSteps: 4,
  reduction: 2,
};

/** One trial, of the tiny recipe itself. */
const ONE = { method: "grid", trials: 1, space: { "model.heads": { choices: [2, 4] } }, pruner: "none" };

async function search(runId: string, attempt: number, changes: object = {}, train: Partial<RecipeInput["train"]> = {}) {
  const { recipe, tokenized } = await kit.corpus(train, {}, { ...SEARCH, ...changes });
  const command = { runId, attempt, recipe, tokenized };
  await kit.host.publish(`${runId} ${attempt}`, EVENTS.trainingSearch, command, { correlationid: runId });
}

const trialsOf = (runId: string) =>
  kit.host.events
    .of(EVENTS.trialCompleted)
    .map(({ data }) => data)
    .filter((data) => data.runId === runId)
    .sort((a, b) => a.number - b.number);

async function searched(runId: string): Promise<EventData<typeof EVENTS.trainingSearched>> {
  return (await kit.host.events.until(EVENTS.trainingSearched, ({ data }) => data.runId === runId)).data;
}

/** What a search came to, without its run's name. */
function outcomeOf(runId: string) {
  return trialsOf(runId).map(({ number, values, state, objective, step }) => ({
    number,
    values,
    state,
    objective,
    step,
  }));
}

test("a search tries, gives up who falls behind, and ends in a recipe whose training is the best trial's", async () => {
  await search("found", 1);
  const { best, recipe, trials, table } = await searched("found");
  const all = trialsOf("found");
  // A trial has one node, which lives until the trial ends: the second began beside the first.
  expect(besides.slice(0, 2)).toEqual([0, 1]);
  expect(all.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
  expect(trials.completed + trials.stopped).toBe(5);
  expect(trials.stopped).toBeGreaterThan(0);
  for (const { state, step, objective, detail } of all) {
    if (state === "completed") expect({ step, detail }).toEqual({ step: 12, detail: null });
    else
      expect({ objective, detail }).toEqual({
        objective: null,
        detail: expect.stringContaining("fell behind at step"),
      });
  }
  const completed = all.filter(({ state }) => state === "completed");
  expect(best.objective).toBe(Math.min(...completed.map(({ objective }) => objective!)));
  expect(all[best.number]).toMatchObject({ trialId: best.trialId, values: best.values, objective: best.objective });
  expect(table?.map(({ number }) => number).toSorted()).toEqual([0, 1, 2, 3, 4]);
  expect(table?.[0]).toEqual({
    number: best.number,
    state: "completed",
    values: best.values,
    loss: best.objective,
    step: 12,
  });
  const started = kit.host.events.of(EVENTS.trainingStarted).find(({ data }) => data.runId === best.trialId)?.data;
  expect(started?.trial).toEqual({ run: "found", number: best.number, values: best.values });
  expect(started?.settings["learningRate"]).toBe(best.values["train.learningRate"]);
  // Nothing is told of a trial's checkpoints: nobody trains it further.
  expect(kit.host.events.of(EVENTS.trainingCheckpointed).filter(({ data }) => data.runId.startsWith("found"))).toEqual(
    [],
  );

  const written = await kit.host.artifacts.forProject("default").bytes(recipe.sha256);
  const chosen = Recipe.parse(JSON.parse(new TextDecoder().decode(written)));
  expect(chosen.search).toBeUndefined();
  expect(chosen.train.learningRate).toBe(best.values["train.learningRate"]);
  const { tokenized, corpus } = await kit.corpus();
  const alone = { recipe, tokenized, corpus };
  const stepsMade = (): number =>
    kit.host.events.of(EVENTS.trainingProgressed).filter(({ data }) => data.runId === "found").length;
  await kit.start("found", alone);
  const made = await kit.completed("found");
  expect(made.loss.validation).toBe(best.objective);
  // The best trial's checkpoint is the model, and training its recipe alone comes to the same bytes.
  expect(stepsMade()).toBe(0);
  expect(kit.host.events.of(EVENTS.trainingStarted).find(({ data }) => data.runId === "found")?.data.settings).toEqual({
    ...started?.settings,
    trial: best.number,
  });
  await kit.start("alone", alone);
  expect((await kit.completed("alone")).checkpoint).toEqual(made.checkpoint);
});

test("a search that is cancelled and taken up again comes to what it would have come to", async () => {
  await searched("found");
  await search("again", 1);
  await kit.host.events.until(EVENTS.trialCompleted, ({ data }) => data.runId === "again");
  await kit.host.publish("again cancel", EVENTS.pipelineCancelled, {
    ...EVENTS.pipelineCancelled.example,
    runId: "again",
    attempt: 1,
  });
  const underWay = sql`select 1 from trainer.job where key like 'again %' and state in ('queued', 'running')`;
  while ((await rowsOf(kit.host.database.drizzle, underWay)).length > 0) await wait(20);
  await kit.noneAlive();
  // A last checkpoint may still be on its way into the database: what stops waits for it.
  await kit.host.stop();
  await kit.host.start();
  await search("again", 2);
  const { recipe } = await searched("again");
  expect(outcomeOf("again")).toEqual(outcomeOf("found"));
  expect(recipe).toEqual((await searched("found")).recipe);
});

test("a trial whose values cannot be trained fails alone, and a search fails where all do", async () => {
  const grid = { method: "grid", trials: 2, space: { "model.heads": { choices: [2, 3] } }, pruner: "none" };
  await search("half", 1, grid);
  expect((await searched("half")).trials).toEqual({ completed: 1, stopped: 0, failed: 1 });
  expect(trialsOf("half")[1]).toMatchObject({ state: "failed", objective: null, detail: expect.stringContaining("3") });
  await search("none", 1, { ...grid, space: { "model.heads": { choices: [3, 5] } } });
  expect(await kit.failed("none")).toMatchObject({ stage: "training", error: { code: "search_failed" } });
});

test("a trial, and the training of the best one's recipe, begin anew where other arithmetic made their checkpoints, and say so", async () => {
  await search("newer", 1, ONE);
  await searched("newer");
  const db = kit.host.database.drizzle;
  const ofRun = (runId: string) =>
    db.select().from(checkpoints).where(eq(checkpoints.runId, runId)).orderBy(checkpoints.step);
  const rows = await ofRun("newer");
  const older = rows
    .filter(({ step }) => step < 12)
    .map((row) => ({ ...row, fingerprint: { ...row.fingerprint, probe: "another" } }));
  expect(older).not.toEqual([]);
  await db.insert(checkpoints).values(older.map((row) => ({ ...row, runId: "older.t0" })));
  await search("older", 1, ONE);
  await kit.host.events.until(EVENTS.trialCompleted, ({ data }) => data.runId === "older");
  expect(outcomeOf("older")).toEqual(outcomeOf("newer"));
  const identity = ({ step, model, fingerprint }: (typeof rows)[number]) => ({ step, model, fingerprint });
  expect((await ofRun("older")).map(identity)).toEqual(rows.map(identity));

  // As where the last checkpoint is damaged, on another machine.
  await db.delete(checkpoints).where(eq(checkpoints.runId, "older"));
  await db.insert(checkpoints).values(older.map((row) => ({ ...row, runId: "older" })));
  const { recipe } = await searched("older");
  const { tokenized, corpus } = await kit.corpus();
  await kit.start("older", { recipe, tokenized, corpus });
  expect(await kit.completed("older")).toMatchObject({ steps: 12, checkpoint: rows.at(-1)?.model });
  const steps = older.map(({ step }) => step).join(", ");
  for (const id of ["older.t0", "older"]) {
    const said = `training: ${id} begins anew, its checkpoints after ${steps} steps were made with other arithmetic`;
    expect(kit.host.logged.map(({ msg }) => msg)).toContain(said);
  }
});

test("a trial keeps its checkpoints, and goes on from them, where a node in another's place computes differently", async () => {
  await search("mixed", 1, ONE, { steps: 400, validateEvery: 20, checkpointEvery: 20 });
  const ofTrial = eq(checkpoints.runId, "mixed.t0");
  while ((await kit.host.database.drizzle.select().from(checkpoints).where(ofTrial)).length === 0) await wait(20);
  programs.push(TOY_MAIN);
  for (const node of kit.alive) node.kill();
  const { data } = await kit.host.events.until(EVENTS.trialCompleted, ({ data: { runId } }) => runId === "mixed");
  expect(data).toMatchObject({ state: "completed", step: 400 });
  const said = kit.host.logged.map(({ msg }) => msg);
  expect(said).toContainEqual(expect.stringContaining("it computes differently from the run: "));
  expect(said).not.toContainEqual(expect.stringContaining("mixed.t0 begins anew"));
});

test("a run takes its best trial over where a time limit ended it, and trains on where its own training was interrupted", async () => {
  await search("limited", 1, ONE);
  await searched("limited");
  const db = kit.host.database.drizzle;
  const ofRun = eq(checkpoints.runId, "limited");
  await db.delete(checkpoints).where(and(ofRun, eq(checkpoints.step, 12)));
  const last = (await db.select().from(checkpoints).where(ofRun)).find(({ step }) => step === 8);
  const { recipe, tokenized } = await kit.corpus({ timeLimitSeconds: 600 });
  for (const [attempt, elapsedMs, wanted] of [
    [1, 600_000, { steps: 8, partial: true, checkpoint: last?.model }],
    [2, 1000, { steps: 12, partial: false }],
  ] as const) {
    await db.update(checkpoints).set({ elapsedMs }).where(ofRun);
    const command = { runId: "limited", attempt, recipe, tokenized };
    const { id } = await kit.host.publish(`limited ${attempt}`, EVENTS.trainingStart, command, {
      correlationid: "limited",
    });
    const { data } = await kit.host.events.until(EVENTS.trainingCompleted, ({ causationid }) => causationid === id);
    expect(data).toMatchObject(wanted);
    expect(kit.host.events.of(EVENTS.trainingStarted).map(({ data: { runId } }) => runId)).toContain("limited");
  }
});
