import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { type EventData, EVENTS } from "@millrace/contracts";
import { and, desc, eq, gt, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { checkpoints } from "./tables.ts";
import { type TrainerKit, trainerKit } from "./testing/trainer_kit.ts";

let kit: TrainerKit;
/** The result of an undisturbed training that is long enough to be disturbed. */
let reference: EventData<typeof EVENTS.trainingCompleted>;
const LONG = { steps: 400, validateEvery: 20, checkpointEvery: 20 };

// The bound is for what hangs: hundreds of steps of several real nodes, twice in one test, take their time on a busy machine.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

beforeAll(async () => {
  kit = await trainerKit();
  await kit.start("reference", await kit.corpus(LONG));
  reference = await kit.completed("reference");
});
afterAll(() => kit.host.close());

/** Starts a training on two nodes and comes back in the middle of it. */
async function underWay(runId: string): Promise<void> {
  await kit.start(runId, await kit.corpus({ ...LONG, nodes: 2 }));
  await kit.host.events.until(EVENTS.trainingCheckpointed, ({ data }) => data.runId === runId);
}

async function cancel(runId: string): Promise<void> {
  const data = { runId, attempt: 1, reason: "by a test" };
  await kit.host.publish(`cancel ${runId}`, EVENTS.pipelineCancelled, data, { correlationid: runId });
  await kit.noneAlive();
  // A last checkpoint may still be on its way into the database: what stops waits for it.
  await kit.host.stop();
  await kit.host.start();
}

/** Steps whose checkpoints are kept, ascending. */
async function stepsOf(runId: string): Promise<number[]> {
  const rows = await kit.host.database.drizzle.select().from(checkpoints).where(eq(checkpoints.runId, runId));
  return rows.map(({ step }) => step).toSorted((a, b) => a - b);
}

function isCompleted(runId: string): boolean {
  return kit.host.events.of(EVENTS.trainingCompleted).some(({ data }) => data.runId === runId);
}

test("a training keeps its newest checkpoints and the best, and tells which", async () => {
  const steps = await stepsOf("reference");
  const told = kit.host.events.of(EVENTS.trainingCheckpointed).filter(({ data }) => data.runId === "reference");
  expect(told).toHaveLength(LONG.steps / LONG.checkpointEvery);
  expect(steps.length).toBeLessThanOrEqual(3);
  expect(steps).toEqual(expect.arrayContaining([LONG.steps - LONG.checkpointEvery, LONG.steps]));
  expect(told.at(-1)?.data.kept).toEqual(steps);
  const points = kit.host.events
    .of(EVENTS.trainingProgressed)
    .filter(({ data }) => data.runId === "reference")
    .flatMap(({ data }) => data.points)
    .filter((point) => point.validationLoss !== undefined);
  const best = points.reduce((least, point) => (point.validationLoss! < least.validationLoss! ? point : least));
  expect(steps).toContain(best.step);
});

test("a training goes on from a checkpoint of another run as that run did, and tells from which", async () => {
  const before = LONG.steps - LONG.checkpointEvery;
  await kit.start("onwards", await kit.corpus({ ...LONG, from: `reference@${before}` }));
  expect((await kit.completed("onwards")).checkpoint).toEqual(reference.checkpoint);
  const begun = kit.host.events.of(EVENTS.trainingStarted).find(({ data }) => data.runId === "onwards")?.data;
  const [, { data: told } = {}] = kit.host.events
    .of(EVENTS.trainingCheckpointed)
    .filter(({ data }) => data.runId === "reference" && data.step >= before)
    .toReversed();
  expect(begun?.from).toEqual({ run: "reference", step: before, checkpoint: told?.checkpoint, state: told?.state });
  expect(begun?.settings["from"]).toBe(`reference@${before}`);
  for (const [train, words] of [
    [{ from: "reference@7" }, `found checkpoints after`],
    [{ from: "nobody@20" }, "found no checkpoint of that run"],
    [{ from: `reference@${LONG.steps}` }, `found train.steps ${LONG.steps}`],
    [{ from: `reference@${before}`, seed: 2 }, "found a difference in train.seed (1 there, 2 here); wanted the same"],
  ] as const) {
    const runId = `refused ${words}`;
    await kit.start(runId, await kit.corpus({ ...LONG, ...train }));
    const { code, message } = (await kit.failed(runId)).error;
    expect(code).toBe("checkpoint_unusable");
    expect(message).toContain(words);
  }
});

test("a training that finds the disk full says so, keeps the checkpoint before, and goes on from it to the same bytes", async () => {
  const store = kit.host.artifacts.forProject("default");
  let files = 0;
  const full = vi.spyOn(kit.host.artifacts, "forProject").mockImplementation(() => ({
    ...store,
    put(content, mediaType) {
      // The second of a checkpoint's two files, once.
      if (mediaType !== "application/safetensors" || ++files !== 4) return store.put(content, mediaType);
      const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      return Promise.reject(error);
    },
  }));
  try {
    const before = LONG.steps - LONG.checkpointEvery;
    const train = { ...LONG, checkpointEvery: 5, from: `reference@${before}` };
    await kit.start("full", await kit.corpus(train));
    expect((await kit.completed("full")).checkpoint).toEqual(reference.checkpoint);
    const words = `training: storing the checkpoint after ${before + 10} steps: ENOSPC: no space left on device, write`;
    expect(kit.host.logged.map((line) => JSON.stringify(line))).toContainEqual(expect.stringContaining(words));
    const steps = kit.host.events
      .of(EVENTS.trainingProgressed)
      .filter(({ data }) => data.runId === "full")
      .flatMap(({ data }) => data.points.map(({ step }) => step));
    // Not from the beginning, and not from where the first attempt began.
    const again = steps.slice(steps.indexOf(before + 10) + 1).filter((step) => step <= before + 10);
    expect(again).toEqual([6, 7, 8, 9, 10].map((step) => before + step));
  } finally {
    full.mockRestore();
  }
});

test("a training whose node is killed in mid-run gives the same checkpoint, and tells of the loss", async () => {
  await underWay("killed");
  const [victim] = kit.alive;
  process.kill(victim!.pid!, "SIGKILL");
  expect((await kit.completed("killed")).checkpoint).toEqual(reference.checkpoint);
  const changes = kit.host.events
    .of(EVENTS.trainingProgressed)
    .filter(({ data }) => data.runId === "killed")
    .flatMap(({ data }) => data.changes);
  expect(changes.filter(({ change }) => change === "joined").length).toBeGreaterThanOrEqual(2);
  expect(changes.filter(({ change }) => change === "lost")).toHaveLength(1);
});

test("a cancelled training ends with its nodes, and goes on under another attempt to the same checkpoint", async () => {
  await underWay("cancelled");
  await cancel("cancelled");
  expect(isCompleted("cancelled")).toBe(false);
  await kit.start("cancelled", await kit.corpus({ ...LONG, nodes: 3 }), 2);
  expect((await kit.completed("cancelled")).checkpoint).toEqual(reference.checkpoint);
});

test("a training whose process died goes on from the last checkpoint in another, to the same checkpoint", async () => {
  await underWay("orphaned");
  await kit.host.stop();
  expect(kit.alive.size).toBe(0);
  // What a dead process leaves behind: an older checkpoint, and a lease that nobody gave back.
  const db = kit.host.database.drizzle;
  const [oldest = 0] = await stepsOf("orphaned");
  expect(oldest).toBeGreaterThan(0);
  await db.delete(checkpoints).where(and(eq(checkpoints.runId, "orphaned"), gt(checkpoints.step, oldest)));
  const dead = sql`update trainer.job set state = 'running', owner = 'dead', lease_expires_at = 1 where key like 'orphaned %'`;
  await db.execute(dead);
  await kit.host.start();
  expect((await kit.completed("orphaned")).checkpoint).toEqual(reference.checkpoint);
});

test("a training goes on from the checkpoint before one that is damaged, to the same checkpoint, and says so", async () => {
  await underWay("damaged");
  await kit.host.events.until(EVENTS.trainingCheckpointed, ({ data }) => data.runId === "damaged" && data.step >= 40);
  await cancel("damaged");
  const db = kit.host.database.drizzle;
  const rows = await db
    .select()
    .from(checkpoints)
    .where(eq(checkpoints.runId, "damaged"))
    .orderBy(sql`step desc`);
  const [newest, before] = rows;
  const { sha256 } = newest!.state;
  const file = join(kit.host.artifactsFolder, "default", sha256.slice(0, 2), sha256);
  await truncate(file, 1000);
  await kit.start("damaged", await kit.corpus({ ...LONG, nodes: 2 }), 2);
  expect((await kit.completed("damaged")).checkpoint).toEqual(reference.checkpoint);
  const steps = kit.host.events
    .of(EVENTS.trainingProgressed)
    .filter(({ data }) => data.runId === "damaged")
    .flatMap(({ data }) => data.points.map(({ step }) => step));
  const again = steps.slice(steps.lastIndexOf(before!.step + 1));
  expect(again).toContain(newest!.step);
  const words = `training: the checkpoint after ${newest!.step} steps is passed over, verifying artifact ${sha256}`;
  expect(kit.host.logged.map(({ msg }) => msg)).toContainEqual(expect.stringContaining(words));
});

test("a time limit counts all attempts, and gives the last checkpoint, marked partial", async () => {
  await underWay("limited");
  await cancel("limited");
  const db = kit.host.database.drizzle;
  const ofRun = eq(checkpoints.runId, "limited");
  const newestFirst = () => db.select().from(checkpoints).where(ofRun).orderBy(desc(checkpoints.step));
  await db.update(checkpoints).set({ elapsedMs: 4999 }).where(ofRun);
  const [last] = await newestFirst();
  await kit.start("limited", await kit.corpus({ ...LONG, timeLimitSeconds: 5 }), 2);
  expect(await kit.completed("limited")).toMatchObject({ partial: true, steps: last!.step, checkpoint: last!.model });
  // Whoever finds it, before its end was told, sees that there is no time left.
  expect((await newestFirst())[0]).toMatchObject({ step: last!.step, elapsedMs: expect.toSatisfy((ms) => ms >= 5000) });
});

test("a training is not gone on with on other arithmetic", async () => {
  await underWay("moved");
  await cancel("moved");
  await kit.host.database.drizzle
    .update(checkpoints)
    .set({ fingerprint: { runtime: "other", library: "other", kernelClass: "other", probe: "0".repeat(64) } })
    .where(eq(checkpoints.runId, "moved"));
  await kit.start("moved", await kit.corpus(LONG), 2);
  const { code, message } = (await kit.failed("moved", 2)).error;
  expect(code).toBe("fingerprint_mismatch");
  expect(message).toContain("it was made with other arithmetic, revision 1 of this project's, and here is");
  expect(message).toContain('"millrace run --again moved" starts it anew');
});

test("a training that stopped early gives its best checkpoint, also when its process died before it could say so", async () => {
  const patient = { steps: 200, validateEvery: 5, checkpointEvery: 20, patience: 2, learningRate: 0.3 };
  await kit.start("patient", await kit.corpus(patient));
  const first = await kit.completed("patient");
  const last = (await stepsOf("patient")).at(-1) ?? 0;
  expect(first.steps).toBe(last - 10);
  const { recipe, tokenized } = await kit.corpus(patient);
  const command = { runId: "patient", attempt: 2, recipe, tokenized };
  const { id } = await kit.host.publish("patient 2", EVENTS.trainingStart, command, { correlationid: "patient" });
  const again = await kit.host.events.until(EVENTS.trainingCompleted, ({ causationid }) => causationid === id);
  // No step was made that could tell what is exchanged.
  const { exchangedBytesPerStep, ...result } = first;
  expect(exchangedBytesPerStep).toBe(0);
  expect(again.data).toEqual(result);
});
