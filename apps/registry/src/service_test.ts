import {
  type ArtifactRef,
  EVENTS,
  Lineage,
  ModelList,
  RegistryFindings,
  rootEventId,
  TrainingRunView,
  TrialList,
  VersionList,
  VersionView,
} from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { readMigrations } from "@millrace/database/migration_files";
import { openPostgres } from "@millrace/database/postgres";
import { freshDatabase, postgresUnavailable, startPostgres } from "@millrace/database/testing";
import { testHost, type TestHost } from "@millrace/service/testing";
import { eq, inArray } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRegistry } from "./service.ts";
import { trainingPoints } from "./tables.ts";

const unavailable = await postgresUnavailable();
if (unavailable) console.warn(`registry on Postgres is skipped: ${unavailable}`);

const CASES = [
  { name: "PGlite", open: async () => ({ database: await freshDatabase(), stop: async () => {} }), skip: false },
  {
    name: "Postgres",
    skip: Boolean(unavailable),
    open: async () => {
      const server = await startPostgres();
      return { database: openPostgres(server.url), stop: () => server.stop() };
    },
  },
];

describe.each(CASES)("registry on $name", ({ name, open, skip }) => {
  let host: TestHost;
  let parts: { database: Database; stop: () => Promise<unknown> };
  beforeAll(async () => {
    if (skip) return;
    parts = await open();
    host = await testHost({
      database: parts.database,
      services: (openPorts, access) => [createRegistry(openPorts, access)],
      migrations: { registry: await readMigrations("registry") },
    });
    await host.start();
  });
  afterAll(async () => {
    if (skip) return;
    await host.close();
    await parts.database.close();
    await parts.stop();
  });

  const put = (text: string): Promise<ArtifactRef> =>
    host.artifacts.forProject("default").put(new TextEncoder().encode(text), "application/json");
  const get = (path: string): Promise<Response> => host.request("registry", `/api/registry${path}`);

  /** None while the node is not known yet. */
  const edges = async (id: string) => {
    const answer = await get(`/lineage?id=${id}`);
    return answer.ok ? Lineage.parse(await answer.json()).edges : [];
  };
  const edgesOfRuns = async (id: string) =>
    (await edges(id)).filter((edge) => edge.from.startsWith("run-") || edge.to.startsWith("run-"));

  const alias = (name: string, version: number) =>
    host.request("registry", `/api/registry/models/docs/aliases/${name}`, {
      method: "PUT",
      body: JSON.stringify({ version }),
    });

  async function register(runId: string, overrides: object = {}): Promise<void> {
    const made = {
      recipe: await put(`recipe of ${runId}`),
      checkpoint: await put(`checkpoint of ${runId}`),
      tokenizer: await put("tokenizer"),
      corpus: await put("corpus"),
      tokenized: await put("tokenized"),
    };
    const data = { ...EVENTS.modelRegister.example, runId, ...made, ...overrides };
    await host.publish(runId, EVENTS.modelRegister, data, { correlationid: runId });
  }
  const registered = (runId: string) => host.events.until(EVENTS.modelRegistered, ({ data }) => data.runId === runId);

  test.skipIf(skip)("acts at once get an entry of the audit log each, in one chain", async () => {
    const key = { role: "viewer", scopes: ["read"], expiresAt: null };
    const create = (name: string) =>
      host.request("registry", "/api/registry/keys", { method: "POST", body: JSON.stringify({ ...key, name }) });
    await Promise.all(Array.from({ length: 8 }, (_, index) => create(`ada ${index}`)));
    expect(await (await get("/audit/verify")).json()).toMatchObject({ entries: 8, problem: null });
  });

  test.skipIf(skip)("runs of one name that register at once get numbers without gaps or doubles", async () => {
    const runs = Array.from({ length: 8 }, (_, index) => `run-${index}`);
    await Promise.all(runs.map((runId) => register(runId)));
    const numbers = await Promise.all(runs.map(async (runId) => (await registered(runId)).data.version));
    expect(numbers.sort((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const { versions } = VersionList.parse(await (await get("/models/docs/versions")).json());
    expect(versions).toHaveLength(8);
    const { models } = ModelList.parse(await (await get("/models")).json());
    expect(models[0]).toMatchObject({ name: "docs", versions: 8 });
  });

  test.skipIf(skip)("a run that is registered again, as after a resume, keeps its number", async () => {
    const { data } = await registered("run-0");
    await host.publish(
      "again",
      EVENTS.modelRegister,
      { ...EVENTS.modelRegister.example, ...(await partsOf("run-0")), attempt: 2 },
      { correlationid: "run-0" },
    );
    const numbers = (): number[] =>
      host.events
        .of(EVENTS.modelRegistered)
        .filter((event) => event.data.runId === "run-0")
        .map((event) => event.data.version);
    await expect.poll(numbers, { timeout: 20_000 }).toEqual([data.version, data.version]);
    expect(VersionList.parse(await (await get("/models/docs/versions")).json()).versions).toHaveLength(8);
  });

  test.skipIf(skip)("a version stays deployed when it is heard of later that it was packaged", async () => {
    await register("run-order", { model: "order" });
    const { version } = (await registered("run-order")).data;
    const named = { runId: "run-order", model: "order", version };
    const look = async () => VersionView.parse(await (await get(`/models/order/versions/${version}`)).json());
    await host.publish("deployed", EVENTS.modelDeployed, { ...EVENTS.modelDeployed.example, ...named });
    await expect.poll(async () => (await look()).state, { timeout: 20_000 }).toBe("deployed");
    expect((await get(`/models/order/versions/${version}/files`)).status).toBe(404);
    const listed = { version: 1, files: { "README.md": await put("card"), "onnx/model.onnx": await put("onnx") } };
    const folder = await put(JSON.stringify(listed));
    const made = { onnx: listed.files["onnx/model.onnx"], folder, package: await put("package") };
    await host.publish("packaged", EVENTS.modelPackaged, { ...EVENTS.modelPackaged.example, ...named, ...made });
    await expect.poll(async () => (await look()).onnx, { timeout: 20_000 }).toEqual(made.onnx);
    expect((await look()).state).toBe("deployed");
    expect(await (await get(`/models/order/versions/${version}/files`)).json()).toEqual(listed);
    const card = await get(`/models/order/versions/${version}/files/README.md`);
    expect(card.headers.get("content-disposition")).toBe('attachment; filename="README.md"');
    expect(await card.text()).toBe("card");
    for (const path of ["config.json", "..%2F..%2FREADME.md", "constructor"])
      expect((await get(`/models/order/versions/${version}/files/${path}`)).status).toBe(404);
  });

  async function partsOf(runId: string): Promise<object> {
    const { versions } = VersionList.parse(await (await get("/models/docs/versions")).json());
    const found = versions.find((version) => version.runId === runId) as VersionView;
    const { recipe, checkpoint, tokenizer, corpus, tokenized } = found;
    return { runId, recipe, checkpoint, tokenizer, corpus, tokenized };
  }

  test.skipIf(skip)("a version whose artifact is missing is refused, with the artifact's name", async () => {
    const checkpoint = { sha256: "0".repeat(64), sizeBytes: 3, mediaType: "application/safetensors" };
    await register("run-missing", { checkpoint });
    const failed = await host.events.until(EVENTS.stageFailed, ({ data }) => data.runId === "run-missing");
    expect(failed.data.error).toMatchObject({
      code: "artifact_missing",
      message: expect.stringContaining("checkpoint"),
    });
  });

  test.skipIf(skip)("curves are kept by step, and told again they stay the same", async () => {
    const runId = "run-curve";
    await host.publish("started", EVENTS.trainingStarted, { ...EVENTS.trainingStarted.example, runId });
    const told = { ...EVENTS.trainingProgressed.example, runId };
    await host.publish("first", EVENTS.trainingProgressed, told);
    await host.publish("second", EVENTS.trainingProgressed, {
      ...told,
      // Step 20 was done anew.
      points: [...told.points, { step: 20, loss: 4, elapsedSeconds: 5 }, { step: 20, loss: 3, elapsedSeconds: 9 }],
      nodes: [4, 20, 12].map((step) => ({ ...told.nodes[0]!, step })),
    });
    const view = async (query: string) => TrainingRunView.parse(await (await get(`/runs/${runId}${query}`)).json());
    await expect
      .poll(async () => (await view("")).points.map(({ step, loss }) => [step, loss]), { timeout: 20_000 })
      .toEqual([
        [10, told.points[0]!.loss],
        [20, 3],
      ]);
    // The newest ones, in order.
    expect((await view("?points=2")).activity.map(({ step }) => step)).toEqual([12, 20]);
    expect(TrialList.parse(await (await get(`/runs/${runId}/trials`)).json())).toEqual({ trials: [] });
    expect((await get(`/runs/${runId}?points=1`)).status).toBe(400);
    expect((await get("/runs/run-none")).status).toBe(404);
  });

  test.skipIf(skip)(
    "a run that went on from a checkpoint of another leads to it, and to the run that made it",
    async () => {
      const { example } = EVENTS.trainingStarted;
      const { checkpoint, state } = EVENTS.trainingCheckpointed.example;
      const from = { run: "run-before", step: 60, checkpoint: { ...checkpoint, sha256: "6".repeat(64) }, state };
      await host.publish("onwards", EVENTS.trainingStarted, { ...example, runId: "run-onwards", from });
      await expect
        .poll(() => edges("run-onwards"))
        .toEqual([
          { from: "6".repeat(64), to: "run-onwards", relation: "gone on from" },
          { from: "run-before", to: "6".repeat(64), relation: "trained by" },
        ]);
    },
  );

  test.skipIf(skip)(
    "a version leads to what made it, and to no other run that shares its corpus or its bytes",
    async () => {
      const corpusHash = "7".repeat(64);
      const tokenizer = await put("tokenizer of lines");
      const checkpoint = await put("last checkpoint of run-line-a");
      const from = { run: "run-line-a", step: 60, checkpoint: await put("step 60 of run-line-a"), state: checkpoint };
      const { corpusDeduplicated, tokenizerTrained, trainingStarted } = EVENTS;
      await host.publish("line tokenizer", tokenizerTrained, { ...tokenizerTrained.example, tokenizer, corpusHash });
      for (const [runId, overrides] of [
        ["run-line-a", { checkpoint }],
        ["run-line-b", {}],
        // Goes on under the settings of the first, to the same bytes.
        ["run-line-c", { checkpoint }],
      ] as const) {
        await host.publish(`corpus ${runId}`, corpusDeduplicated, { ...corpusDeduplicated.example, runId, corpusHash });
        const started = { ...trainingStarted.example, runId, ...(runId === "run-line-a" ? {} : { from }) };
        await host.publish(`start ${runId}`, trainingStarted, started);
        await register(runId, { model: "lines", tokenizer, ...overrides });
        await registered(runId);
      }
      const ofCorpus = async () => (await edges(corpusHash)).filter(({ to }) => to === corpusHash);
      await expect.poll(async () => (await ofCorpus()).length, { timeout: 20_000 }).toBe(3);
      const gone = { from: from.checkpoint.sha256, relation: "gone on from" };
      await expect.poll(() => edges("run-line-c"), { timeout: 20_000 }).toContainEqual({ ...gone, to: "run-line-c" });
      await expect.poll(async () => (await edgesOfRuns("lines@2")).length, { timeout: 20_000 }).toBe(5);
      const first = await edgesOfRuns("lines@1");
      expect(first).toHaveLength(2);
      expect(first).toEqual(
        expect.arrayContaining([
          { from: "run-line-a", to: checkpoint.sha256, relation: "trained by" },
          { from: "run-line-a", to: corpusHash, relation: "made by" },
        ]),
      );
      const second = await edgesOfRuns("lines@2");
      expect(second).toEqual(
        expect.arrayContaining([
          { ...gone, to: "run-line-b" },
          { from: "run-line-a", to: from.checkpoint.sha256, relation: "trained by" },
        ]),
      );
    },
  );

  // An embedded database has one connection: nothing can hold the first start up while the second is heard.
  const onServer = name === "PGlite" ? undefined : test.skipIf(skip);
  onServer?.("of two starts of a training the later one counts, however long the first one takes", async () => {
    const { inbox } = host.services[0]!.internals.tables;
    const { example, type } = EVENTS.trainingStarted;
    const consumer = "registry-training_started";
    const eventId = await rootEventId("default", type, "first start");
    const second = await rootEventId("default", type, "second start");
    const start = (key: string, kernelClass: string) =>
      host.publish(key, EVENTS.trainingStarted, {
        ...example,
        runId: "run-twice",
        fingerprint: { ...example.fingerprint, kernelClass },
      });
    const held = parts.database.transaction(async (db) => {
      await db.insert(inbox).values({ consumer, eventId, requeues: 0, outputs: [], handledAt: 0 });
      await start("first start", "of before");
      await start("second start", "of now");
      // By the time that another handler has heard of this, the second start would have been handled.
      await host.publish("third", EVENTS.trainingProgressed, {
        ...EVENTS.trainingProgressed.example,
        runId: "run-3",
      });
      const points = parts.database.drizzle.select().from(trainingPoints).where(eq(trainingPoints.runId, "run-3"));
      await expect.poll(async () => (await points.execute()).length).toBeGreaterThan(0);
      throw new Error("goes on");
    });
    await expect(held).rejects.toThrow("goes on");
    const heard = parts.database.drizzle
      .select()
      .from(inbox)
      .where(inArray(inbox.eventId, [eventId, second]));
    await expect.poll(async () => (await heard.execute()).length).toBe(2);
    const view = TrainingRunView.parse(await (await get("/runs/run-twice")).json());
    expect(view.fingerprint.kernelClass).toBe("of now");
  });

  test("trials of a search are listed with their values, ends and validations, in whichever order they are told", async () => {
    const values = { "train.learningRate": 0.004, "model.heads": 2 };
    const begin = (number: number) => ({
      ...EVENTS.trainingStarted.example,
      runId: `run-tries.t${number}`,
      trial: { run: "run-tries", number, values },
    });
    const end = { ...EVENTS.trialCompleted.example, runId: "run-tries", values };
    // The second one's end overtakes its beginning; the third could not begin.
    await host.publish("end 1", EVENTS.trialCompleted, { ...end, number: 1, trialId: "run-tries.t1" });
    const failed = { state: "failed" as const, objective: null, step: 0, detail: "model.heads: expected a divisor" };
    await host.publish("end 2", EVENTS.trialCompleted, { ...end, ...failed, number: 2, trialId: "run-tries.t2" });
    await host.publish("begin 0", EVENTS.trainingStarted, begin(0));
    await host.publish("begin 1", EVENTS.trainingStarted, begin(1));
    const points = [
      { step: 10, loss: 5, elapsedSeconds: 1 },
      { step: 20, loss: 4, validationLoss: 4.5, elapsedSeconds: 2 },
    ];
    const told = { ...EVENTS.trainingProgressed.example, runId: "run-tries.t0", points };
    await host.publish("told 0", EVENTS.trainingProgressed, told);
    const open = { objective: null, detail: null };
    const wanted = [
      { number: 0, trialId: "run-tries.t0", values, state: "running", ...open, validations: [{ step: 20, loss: 4.5 }] },
      { number: 1, trialId: "run-tries.t1", values, state: "completed", ...open, objective: 3.1, validations: [] },
      { number: 2, trialId: "run-tries.t2", values, state: "failed", ...open, detail: failed.detail, validations: [] },
    ];
    await expect
      .poll(async () => TrialList.parse(await (await get("/runs/run-tries/trials")).json()).trials, { timeout: 20_000 })
      .toEqual(wanted);
  });

  test.skipIf(skip)("checkpoints that a training has dropped are dropped here too", async () => {
    const runId = "run-pruned";
    await host.publish("pruned", EVENTS.trainingStarted, { ...EVENTS.trainingStarted.example, runId });
    const tell = (step: number, kept?: number[]) => {
      const event = { ...EVENTS.trainingCheckpointed.example, runId, step };
      const { kept: _, ...rest } = event;
      return host.publish(`${runId} ${step}`, EVENTS.trainingCheckpointed, kept ? { ...rest, kept } : rest);
    };
    // The first was told by a version that dropped nothing.
    await tell(10);
    await tell(20, [10, 20]);
    await tell(30, [20, 30]);
    await tell(40, [20, 30, 40]);
    await tell(50, [20, 40, 50]);
    await expect
      .poll(
        async () =>
          TrainingRunView.parse(await (await get(`/runs/${runId}`)).json()).checkpoints.map(({ step }) => step),
        { timeout: 20_000 },
      )
      .toEqual([20, 40, 50]);
  });

  test.skipIf(skip)("lineage goes from a version back to the run, and an alias names a version", async () => {
    const lineage = Lineage.parse(await (await get("/lineage?id=docs@1")).json());
    expect(lineage.nodes.map(({ kind }) => kind).sort()).toEqual([
      "checkpoint",
      "run",
      "tokenized",
      "tokenizer",
      "version",
    ]);
    expect((await get("/lineage?id=nobody")).status).toBe(404);

    expect(VersionView.parse(await (await alias("stable", 2)).json()).aliases).toEqual(["stable"]);
    expect(VersionView.parse(await (await get("/models/docs/versions/stable")).json()).version).toBe(2);
    expect((await alias("latest", 2)).status).toBe(400);
    expect((await alias("v3", 2)).status).toBe(400);
    expect((await alias("stable", 99)).status).toBe(404);
  });

  test.skipIf(skip)(
    "find tells versions by name, alias and the hashes they are made of, and artifacts without one",
    async () => {
      const find = async (text: string, more = "") =>
        RegistryFindings.parse(await (await get(`/find?text=${encodeURIComponent(text)}${more}`)).json());
      const numbers = async (text: string): Promise<number[]> =>
        (await find(text, "&limit=50")).versions
          .filter(({ model }) => model === "docs")
          .map(({ version }) => version)
          .sort();
      const all = VersionList.parse(await (await get("/models/docs/versions")).json()).versions;
      expect(await numbers("ocs@2")).toContain(2);
      expect(await numbers("docs@STABLE")).toEqual([2]);
      expect((await find("docs", "&limit=3")).versions).toHaveLength(3);
      const { checkpoint, tokenizer, version } = all[0] as VersionView;
      expect(await numbers(checkpoint.sha256.slice(0, 10))).toEqual([version]);
      const shared = all.filter((one) => one.tokenizer.sha256 === tokenizer.sha256).map((one) => one.version);
      expect(await numbers(tokenizer.sha256)).toEqual(shared.sort());
      expect((await find(checkpoint.sha256.slice(0, 10).toUpperCase())).nodes).toEqual([
        { kind: "checkpoint", id: checkpoint.sha256, label: "checkpoint" },
      ]);
      expect(await find("' or 1=1 --%_")).toEqual({ versions: [], nodes: [] });
      expect((await get("/find?text=a%00")).status).toBe(400);
      expect((await get("/find?text=")).status).toBe(400);
      expect((await get("/find?text=a&limit=51")).status).toBe(400);
    },
  );

  test.skipIf(skip)("only artifacts of registered things can be fetched", async () => {
    const { versions } = VersionList.parse(await (await get("/models/docs/versions")).json());
    const response = await get(`/artifacts/${versions[0]?.checkpoint.sha256}`);
    expect(await response.text()).toMatch(/^checkpoint of run-/);
    const unknown = await put("a secret of somebody");
    expect((await get(`/artifacts/${unknown.sha256}`)).status).toBe(404);
    expect((await get("/artifacts/..%2f..%2fetc")).status).toBe(404);
  });
});
