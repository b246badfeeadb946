import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AutoModelForCausalLM, AutoTokenizer, env } from "@huggingface/transformers";
import {
  type ArtifactRef,
  DeploymentList,
  EVENTS,
  ModelFolder,
  ServingPackage,
  type TrafficWindow,
} from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { type Access, defineService, HttpError, type OpenPorts, type Service } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { mergeProfiles } from "@millrace/features";
import { openExecutor } from "@millrace/execution/open";
import { addToSketch, emptySketch } from "@millrace/statistics";
import { loadTokenizer, trainBpe } from "@millrace/tokenizer";
import { writeSafetensors } from "@millrace/training";
import { initialParameters, parameterLayout } from "@millrace/transformer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDeployer } from "./service.ts";

/** What the gateway was asked, and how it answers: the other end of the contract, which lives in another app. */
const asked: Record<string, unknown>[] = [];
let refusal: HttpError | undefined;

function gateway(openPorts: OpenPorts, access: Access): Service {
  return defineService(
    {
      name: "inference",
      routes(http) {
        http.post("/v1/completions", async (context) => {
          if (refusal !== undefined) throw refusal;
          const body = (await context.req.json()) as Record<string, unknown>;
          asked.push({ ...body, synthetic: context.req.header("millrace-synthetic") });
          return context.json({
            choices: [{ text: ` is answered\u0000by ${String(body["model"])}`, finish_reason: "length" }],
          });
        });
      },
    },
    openPorts,
    access,
  );
}

/** Which version is live, as the registry says. */
let live: { readonly version: number; readonly package: ArtifactRef } | undefined;

/** Models whose alias `live` is protected, as the registry says. */
const guarded = new Set<string>();

function registry(openPorts: OpenPorts, access: Access): Service {
  return defineService(
    {
      name: "registry",
      routes(http) {
        http.get("/api/registry/models/:name/versions/live", (context) => {
          if (live === undefined) throw new HttpError(404, "not_found", "there is no such version or alias");
          return context.json(live);
        });
        http.get("/api/registry/models/:name/protection", (context) =>
          context.json({ aliases: guarded.has(context.req.param("name")) ? ["live"] : [] }),
        );
      },
    },
    openPorts,
    access,
  );
}

const executor = openExecutor(console.warn);
let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [
      createDeployer(openPorts, access, () => executor),
      gateway(openPorts, access),
      registry(openPorts, access),
    ],
    migrations: { deployer: await readMigrations("deployer") },
  });
  await host.start();
});
afterAll(async () => {
  await host.close();
  await (await executor).close();
});

const config = {
  architecture: "gpt2",
  vocabularySize: 280,
  contextLength: 32,
  layers: 1,
  heads: 2,
  width: 16,
} as const;
const PROMPTS = ["The ", "To install", "This function"];

const artifacts = () => host.artifacts.forProject("default");
const put = (value: string | Uint8Array, type = "application/json"): Promise<ArtifactRef> =>
  artifacts().put(typeof value === "string" ? new TextEncoder().encode(value) : value, type);
const textOf = async ({ sha256 }: ArtifactRef): Promise<string> =>
  new TextDecoder().decode(await artifacts().bytes(sha256));

const SENTENCE = "the mill race leads the stream to the mill wheel. ";

/**
 * Command of a run whose model has the run's name.
 * @param spread Factor on the parameters: the untrained model is the surer of its mistakes the greater it is.
 */
async function deployment(runId: string, attempt = 1, spread = 1) {
  const { json } = await trainBpe([SENTENCE.repeat(8)], { vocabularySize: 270 });
  const tokenizer = await put(json);
  const parameters = initialParameters(config, 3).map((parameter) => spread * parameter);
  const tensors = parameterLayout(config).map(
    ({ name, shape, offset, size }) => [name, { shape, data: parameters.subarray(offset, offset + size) }] as const,
  );
  const checkpoint = await put(writeSafetensors(new Map(tensors), { format: "pt" }), "application/safetensors");
  const ids = Uint16Array.from([0, ...loadTokenizer(json).encode(SENTENCE.repeat(3))]);
  const line = { id: "document", source: "race.md", shard: 0, from: 0, to: ids.length };
  const shard = {
    tokens: await put(new Uint8Array(ids.buffer), "application/octet-stream"),
    index: await put(`${JSON.stringify(line)}\n`, "application/jsonl"),
    count: ids.length,
  };
  const manifest = {
    version: 1,
    corpusHash: tokenizer.sha256,
    tokenizer,
    vocabularySize: 270,
    endOfText: 0,
    dtype: "uint16",
    train: [],
    validation: [shard],
    tokens: { train: 0, validation: 0 },
    bytes: { train: 0, validation: 0 },
    profile: await put(JSON.stringify(mergeProfiles([]))),
  };
  const tokenized = await put(JSON.stringify(manifest));
  const named = { runId, attempt, model: runId, version: 1 };
  return { ...named, checkpoint, config, tokenizer, tokenized, slots: 2, prompts: PROMPTS };
}

async function look(runId: string) {
  const { deployments } = DeploymentList.parse(
    await (await host.request("deployer", "/api/deployer/deployments")).json(),
  );
  return deployments.find((one) => one.runId === runId);
}

const ofRun = (runId: string) => (event: { readonly data: Record<string, unknown> }) => event.data["runId"] === runId;

/** Plays inference: says that what was asked for is done. */
async function loaded(runId: string): Promise<void> {
  const { data } = await host.events.until(EVENTS.servingLoad, ofRun(runId));
  const { model, version, attempt } = data;
  await host.publish(`${runId} loaded`, EVENTS.servingLoaded, { runId, model, version, attempt, replicas: 1 });
}

/** Plays automation's rule: what is ready is to be rolled out. */
async function started(runId: string): Promise<void> {
  const { data } = await host.events.until(EVENTS.rolloutReady, ofRun(runId));
  const { model, version } = data;
  await host.publish(`${runId} start`, EVENTS.rolloutStart, { model, version, reason: "test" });
}

test("a version is packaged, loaded, tried out and routed, and the samples are what the gateway said", async () => {
  const command = await deployment("run-whole");
  await host.publish("whole", EVENTS.modelDeploy, command);
  await loaded("run-whole");
  const ready = await host.events.until(EVENTS.rolloutReady, ofRun("run-whole"));
  expect(ready.data).toMatchObject({ model: "run-whole", version: 1, stable: null });
  expect(await look("run-whole")).toMatchObject({ state: "ready", percent: 0 });
  await started("run-whole");
  const { data: route } = await host.events.until(EVENTS.servingRoute, ofRun("run-whole"));
  expect(route).toMatchObject({ model: "run-whole", version: 1, percent: 100 });
  expect(await look("run-whole")).toMatchObject({ state: "routing", percent: 0 });
  await host.publish("whole routed", EVENTS.servingRouted, route);
  const { data } = await host.events.until(EVENTS.modelDeployed, ofRun("run-whole"));
  expect(data.samples).toEqual(PROMPTS.map((prompt) => ({ prompt, completion: " is answered\ufffdby run-whole@1" })));
  expect(asked.slice(-3).map(({ prompt, seed }) => [prompt, seed])).toEqual(
    PROMPTS.map((prompt, at) => [prompt, at + 1]),
  );
  expect(asked.at(-1)).toMatchObject({ model: "run-whole@1", temperature: 0.8, max_tokens: 40 });
  expect(await look("run-whole")).toMatchObject({ state: "live", percent: 100, error: null, samples: data.samples });
  const progress = host.events.of(EVENTS.stageProgressed).filter(ofRun("run-whole"));
  expect(progress.map((event) => [event.data.done, event.data.total])).toEqual([
    [1, 5],
    [2, 5],
    [3, 5],
    [4, 5],
    [5, 5],
  ]);
});

test("the same command again packages nothing anew, and another attempt makes the same bytes", async () => {
  const command = await deployment("run-again");
  const event = await host.publish("again", EVENTS.modelDeploy, command);
  const first = await host.events.until(EVENTS.modelPackaged, ofRun("run-again"));
  await host.bus.publish([event]);
  await host.publish("again 2", EVENTS.modelDeploy, { ...command, attempt: 2 });
  const second = await host.events.until(
    EVENTS.modelPackaged,
    (other) => ofRun("run-again")(other) && other.id !== first.id,
  );
  expect(second.data).toEqual(first.data);
  expect(host.events.of(EVENTS.modelPackaged).filter(ofRun("run-again"))).toHaveLength(2);
  const parts = ServingPackage.parse(JSON.parse(await textOf(first.data.package)));
  expect(parts).toMatchObject({ model: "run-again", modelVersion: 1, slots: 2, endOfText: 0, config });
  expect(parts.graphs.map(({ newTokens }) => newTokens)).toEqual([32, 1]);
  expect(JSON.parse(await textOf(parts.profile!))).toEqual(mergeProfiles([]));
});

test("the model folder loads in transformers.js, tokens and text alike", async () => {
  await host.publish("folder", EVENTS.modelDeploy, await deployment("run-folder"));
  const { data } = await host.events.until(EVENTS.modelPackaged, ofRun("run-folder"));
  const { files } = ModelFolder.parse(JSON.parse(await textOf(data.folder)));
  expect(files["onnx/model.onnx"]).toEqual(data.onnx);
  const folder = await mkdtemp(join(tmpdir(), "millrace-folder-"));
  try {
    for (const [path, { sha256 }] of Object.entries(files)) {
      await mkdir(dirname(join(folder, "docs", path)), { recursive: true });
      await writeFile(join(folder, "docs", path), await artifacts().bytes(sha256));
    }
    env.allowRemoteModels = false;
    env.localModelPath = folder;
    const tokenizer = await AutoTokenizer.from_pretrained("docs");
    const text = "the mill wheel, réel";
    const ours = loadTokenizer(await textOf(files["tokenizer.json"] as ArtifactRef));
    expect(tokenizer.encode(text)).toEqual([...ours.encode(text)]);
    const model = await AutoModelForCausalLM.from_pretrained("docs", { dtype: "fp32" });
    const answer = await model.generate({ ...tokenizer(text), max_new_tokens: 4, do_sample: false } as Parameters<
      typeof model.generate
    >[0]);
    const length = "dims" in answer ? Number(answer.dims.at(-1)) : 0;
    expect(length).toBeGreaterThan(ours.encode(text).length);
    await model.dispose();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a version that the gateway refuses fails at once, with what it said", async () => {
  refusal = new HttpError(400, "context_length_exceeded", "the prompt is too long");
  await host.publish("refused", EVENTS.modelDeploy, await deployment("run-refused"));
  await loaded("run-refused");
  const { data } = await host.events.until(EVENTS.stageFailed, ofRun("run-refused"));
  refusal = undefined;
  expect(data).toMatchObject({ stage: "deploying", attempt: 1, error: { code: "smoke_failed" } });
  expect(data.error.message).toContain("the prompt is too long");
  expect(await look("run-refused")).toMatchObject({ state: "failed", error: data.error.message });
});

test("a checkpoint that does not fit its configuration fails the stage, and the next attempt can succeed", async () => {
  const command = await deployment("run-unfit");
  await host.publish("unfit", EVENTS.modelDeploy, { ...command, config: { ...config, layers: 2 } });
  const { data } = await host.events.until(EVENTS.stageFailed, ofRun("run-unfit"));
  expect(data.error).toMatchObject({ code: "packaging_failed", message: expect.stringContaining("transformer.h.1.") });
  await host.publish("unfit 2", EVENTS.modelDeploy, { ...command, attempt: 2 });
  await host.events.until(EVENTS.servingLoad, ofRun("run-unfit"));
  expect(await look("run-unfit")).toMatchObject({ state: "loading", error: null });
});

test("a version that inference cannot load is shown as failed", async () => {
  await host.publish("unloadable", EVENTS.modelDeploy, await deployment("run-unloadable"));
  await host.events.until(EVENTS.servingLoad, ofRun("run-unloadable"));
  const error = { code: "replica_failed", message: "loading it: it died" };
  const failed = { runId: "run-unloadable", stage: "deploying" as const, attempt: 1, error };
  await host.publish("unloadable failed", EVENTS.stageFailed, failed);
  await expect
    .poll(() => look("run-unloadable"), { timeout: 30_000 })
    .toMatchObject({ state: "failed", error: error.message });
});

test("a cancelled deployment goes no further, whatever arrives later", async () => {
  await host.publish("cancelled", EVENTS.modelDeploy, await deployment("run-cancelled"));
  await host.events.until(EVENTS.servingLoad, ofRun("run-cancelled"));
  await host.publish("cancel", EVENTS.pipelineCancelled, { runId: "run-cancelled", attempt: 1, reason: "enough" });
  await expect.poll(() => look("run-cancelled"), { timeout: 30_000 }).toMatchObject({ state: "cancelled" });
  await loaded("run-cancelled");
  // A deployment that comes after it has passed through every handler it could still wait for.
  await host.publish("after", EVENTS.modelDeploy, await deployment("run-after"));
  await loaded("run-after");
  await host.events.until(EVENTS.rolloutReady, ofRun("run-after"));
  expect(await look("run-cancelled")).toMatchObject({ state: "cancelled" });
  const routes = host.events.of(EVENTS.servingRoute).filter(ofRun("run-cancelled"));
  // Whatever inference has of it goes out of service.
  expect(routes.map(({ data }) => data.percent)).toEqual([0]);
});

test("a cancellation that comes after all traffic was asked for takes it from nobody", async () => {
  await host.publish("late", EVENTS.modelDeploy, await deployment("run-late"));
  await loaded("run-late");
  await started("run-late");
  const { data: route } = await host.events.until(EVENTS.servingRoute, ofRun("run-late"));
  const cancelled = await host.publish("late cancel", EVENTS.pipelineCancelled, {
    runId: "run-late",
    attempt: 1,
    reason: "enough",
  });
  // The second run's cancellation comes after the first one's, and says so when it is done.
  await host.publish("early", EVENTS.modelDeploy, await deployment("run-early"));
  await host.events.until(EVENTS.servingLoad, ofRun("run-early"));
  await host.publish("early cancel", EVENTS.pipelineCancelled, { ...cancelled.data, runId: "run-early" } as never);
  await expect.poll(() => look("run-early"), { timeout: 30_000 }).toMatchObject({ state: "cancelled" });
  await host.publish("late routed", EVENTS.servingRouted, route);
  await host.events.until(EVENTS.modelDeployed, ofRun("run-late"));
  expect(await look("run-late")).toMatchObject({ state: "live", percent: 100 });
  const routes = host.events.of(EVENTS.servingRoute).filter(ofRun("run-late"));
  expect(routes.map(({ data }) => data.percent)).toEqual([100]);
});

describe("gates", () => {
  test("weights of 8 bits are compared with the full ones, and the package's graphs hold them", async () => {
    await host.publish("int8", EVENTS.modelDeploy, { ...(await deployment("run-int8")), weights: "int8" });
    const { data } = await host.events.until(EVENTS.modelGated, ofRun("run-int8"));
    expect(data).toMatchObject({ passed: true, model: "run-int8", version: 1 });
    const state = (name: string) => data.gates.find((gate) => gate.name === name);
    expect(state("bits_per_byte")).toMatchObject({ state: "passed", limit: null });
    expect(state("quantised_divergence")?.value).toBeGreaterThan(0);
    expect(state("quantised_agreement")?.value).toBeLessThanOrEqual(1);
    expect(state("quantised_bits")?.state).toBe("passed");
    const { data: load } = await host.events.until(EVENTS.servingLoad, ofRun("run-int8"));
    const parts = ServingPackage.parse(JSON.parse(await textOf(load.package)));
    expect(parts.weights).toBe("int8");
    expect(await look("run-int8")).toMatchObject({ state: "loading", gates: data.gates });
  });

  test("full weights have nothing to be compared with, and the package says float32", async () => {
    await host.publish("full", EVENTS.modelDeploy, await deployment("run-full"));
    const { data } = await host.events.until(EVENTS.modelGated, ofRun("run-full"));
    expect(data.gates.map(({ state }) => state)).toEqual([
      "passed",
      "not_applicable",
      "not_applicable",
      "not_applicable",
    ]);
  });

  test("a version that the recipe's limit leaves out is not loaded, and the user hears by how much", async () => {
    await host.publish("limit", EVENTS.modelDeploy, { ...(await deployment("run-limit")), maxBitsPerByte: 0.5 });
    const { data } = await host.events.until(EVENTS.stageFailed, ofRun("run-limit"));
    expect(data.error.code).toBe("gates_failed");
    expect(data.error.message).toMatch(/^deploying run-limit@1: bits_per_byte is \d\.\d+, wanted .* 0\.5 bits\/byte/);
    expect(host.events.of(EVENTS.modelGated).find(ofRun("run-limit"))?.data.passed).toBe(false);
    expect(host.events.of(EVENTS.servingLoad).filter(ofRun("run-limit"))).toEqual([]);
    expect(await look("run-limit")).toMatchObject({ state: "failed" });
  });

  test("a version is held against the live one on the same text", async () => {
    await host.publish("champion", EVENTS.modelDeploy, await deployment("run-champion"));
    const { data: champion } = await host.events.until(EVENTS.servingLoad, ofRun("run-champion"));
    live = { version: 1, package: champion.package };
    try {
      // Version 2 has the same parameters: as good. Version 3 is surer of its mistakes: worse.
      await host.publish("equal", EVENTS.modelDeploy, { ...(await deployment("run-equal")), version: 2 });
      const equal = await host.events.until(EVENTS.modelGated, ofRun("run-equal"));
      const [gate] = equal.data.gates;
      expect(gate).toMatchObject({ name: "bits_per_byte", state: "passed" });
      expect(gate?.limit).toBeCloseTo(1.02 * (gate?.value ?? NaN), 6);
      await host.publish("worse", EVENTS.modelDeploy, { ...(await deployment("run-worse", 1, 30)), version: 3 });
      const { data } = await host.events.until(EVENTS.stageFailed, ofRun("run-worse"));
      expect(data.error.message).toContain("run-champion@1 needs");
    } finally {
      live = undefined;
    }
  });
});

/** A window in which a version answered requests, each first token after 20 ms. */
function windowOf(requests: number, errors = 0): TrafficWindow {
  const sketch = emptySketch();
  for (let request = 0; request < requests; request++) addToSketch(sketch, 20);
  const times = { firstTokenMs: sketch, perTokenMs: sketch, totalMs: sketch };
  return { requests, errors, refused: 0, promptTokens: requests, outputTokens: requests, ...times, prompts: null };
}

let windows = 0;
/** Plays the gateway: tells of a window of a version. */
async function observed(
  model: string,
  version: number,
  counts: { readonly real?: TrafficWindow; readonly synthetic?: TrafficWindow; readonly startMs?: number },
): Promise<void> {
  const windowStart = new Date(counts.startMs ?? Date.now() + 1000).toISOString();
  await host.publish(`window ${++windows}`, EVENTS.trafficObserved, {
    model,
    version,
    gateway: `gateway ${windows}`,
    windowStart,
    windowMs: 10_000,
    real: counts.real ?? windowOf(0),
    synthetic: counts.synthetic ?? windowOf(0),
  });
}

const CANARY = { percent: 20, requests: 30, waitSeconds: 600 };
const ofVersion = (model: string, version: number) => (event: { readonly data: Record<string, unknown> }) =>
  event.data["model"] === model && event.data["version"] === version;

/**
 * Brings a version to `canary` or, where none is live, `live`.
 * @param share What a canary is to get of the traffic, in percent.
 */
async function rollOut(model: string, version: number, canary = CANARY, share = canary.percent): Promise<string> {
  const runId = `${model}-${version}`;
  const command = { ...(await deployment(runId)), model, version, canary };
  await host.publish(`${runId} deploy`, EVENTS.modelDeploy, command);
  await loaded(runId);
  await started(runId);
  await routed(runId, version === 1 ? 100 : share);
  return runId;
}

/** Plays inference: routes as it was asked to. */
async function routed(runId: string, percent: number): Promise<void> {
  const { data } = await host.events.until(
    EVENTS.servingRoute,
    (event) => ofRun(runId)(event) && event.data.percent === percent,
  );
  await host.publish(`${runId} routed ${percent} ${data.attempt}`, EVENTS.servingRouted, data);
  await expect.poll(async () => (await look(runId))?.percent, { timeout: 30_000 }).toBe(percent);
}

const command = (action: string, model: string, version: number) =>
  host.request("deployer", "/api/deployer/rollouts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ action, model, version, reason: "by hand", idempotencyKey: crypto.randomUUID() }),
  });

describe("roll-outs", () => {
  test("a later version is tried on part of the traffic, found healthy, promoted, and takes the place of the first", async () => {
    const first = await rollOut("rolled", 1);
    const second = await rollOut("rolled", 2);
    expect(await look(second)).toMatchObject({ state: "canary", percent: 20, stable: 1, verdict: null });
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
    const to = (version: number) => asked.filter(({ model }) => model === `quiet@${version}`);
    await expect.poll(() => [to(1).length, to(2).length - 3], { timeout: 30_000 }).toEqual([10, 10]);
    const synthetic = to(1);
    expect(synthetic.every((body) => body["synthetic"] === "1")).toBe(true);
    expect(synthetic.every((body) => String(body["prompt"]).startsWith("the mill race"))).toBe(true);
    await observed("quiet", 1, { synthetic: windowOf(10) });
    await observed("quiet", 2, { synthetic: windowOf(10) });
    expect((await host.events.until(EVENTS.rolloutJudged, ofVersion("quiet", 2))).data.verdict).toBe("healthy");
    expect(await look(second)).toMatchObject({ verdict: "healthy" });
  });

  test("a paused canary is watched but not decided about, until it is resumed", async () => {
    await rollOut("paused", 1);
    const second = await rollOut("paused", 2);
    expect((await command("pause", "paused", 2)).status).toBe(202);
    await expect.poll(async () => (await look(second))?.state, { timeout: 30_000 }).toBe("paused");
    await observed("paused", 2, { real: windowOf(40) });
    await expect.poll(async () => (await look(second))?.evidence?.requests.canary, { timeout: 30_000 }).toBe(40);
    expect(await look(second)).toMatchObject({ state: "paused", verdict: null });
    expect((await command("resume", "paused", 2)).status).toBe(202);
    const { data } = await host.events.until(EVENTS.rolloutJudged, ofVersion("paused", 2));
    expect(data.verdict).toBe("healthy");
  });

  test("an earlier version comes back through load, smoke and canary under the next attempt", async () => {
    const first = await rollOut("returning", 1);
    const second = await rollOut("returning", 2);
    expect((await command("promote", "returning", 2)).status).toBe(202);
    await routed(second, 100);
    await expect.poll(async () => (await look(first))?.state, { timeout: 30_000 }).toBe("superseded");
    expect((await command("start", "returning", 1)).status).toBe(202);
    const load = await host.events.until(
      EVENTS.servingLoad,
      (event) => ofRun(first)(event) && event.data.attempt === 2,
    );
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
    expect((await command("start", "refused", 7)).status).toBe(404);
  });

  test("a newer version that is tried takes the place of one that is on trial", async () => {
    await rollOut("newer", 1);
    const second = await rollOut("newer", 2);
    const third = await rollOut("newer", 3);
    expect(await look(second)).toMatchObject({ state: "rolled_back", error: "version 3 is tried instead" });
    expect(await look(third)).toMatchObject({ state: "canary", stable: 1 });
  });
});

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

describe("protected models", () => {
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
});
