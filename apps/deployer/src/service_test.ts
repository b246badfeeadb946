import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AutoModelForCausalLM, AutoTokenizer, env } from "@huggingface/transformers";
import { type ArtifactRef, DeploymentList, EVENTS, ModelFolder, ServingPackage } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { type Access, defineService, HttpError, type OpenPorts, type Service } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { openExecutor } from "@millrace/execution/open";
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
          asked.push(body);
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

function registry(openPorts: OpenPorts, access: Access): Service {
  return defineService(
    {
      name: "registry",
      routes(http) {
        http.get("/api/registry/models/docs/versions/live", (context) => {
          if (live === undefined) throw new HttpError(404, "not_found", "there is no such version or alias");
          return context.json(live);
        });
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

/** @param spread Factor on the parameters: the untrained model is the surer of its mistakes the greater it is. */
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
    profile: tokenizer,
  };
  const tokenized = await put(JSON.stringify(manifest));
  const named = { runId, attempt, model: "docs", version: 1 };
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

test("a version is packaged, loaded, tried out and routed, and the samples are what the gateway said", async () => {
  const command = await deployment("run-whole");
  await host.publish("whole", EVENTS.modelDeploy, command);
  await loaded("run-whole");
  const { data: route } = await host.events.until(EVENTS.servingRoute, ofRun("run-whole"));
  expect(route).toMatchObject({ model: "docs", version: 1, percent: 100 });
  expect(await look("run-whole")).toMatchObject({ state: "routing", percent: 0 });
  await host.publish("whole routed", EVENTS.servingRouted, route);
  const { data } = await host.events.until(EVENTS.modelDeployed, ofRun("run-whole"));
  expect(data.samples).toEqual(PROMPTS.map((prompt) => ({ prompt, completion: " is answered\ufffdby docs@1" })));
  expect(asked.slice(-3).map(({ prompt, seed }) => [prompt, seed])).toEqual(
    PROMPTS.map((prompt, at) => [prompt, at + 1]),
  );
  expect(asked.at(-1)).toMatchObject({ model: "docs@1", temperature: 0.8, max_tokens: 40 });
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
  expect(parts).toMatchObject({ model: "docs", modelVersion: 1, slots: 2, endOfText: 0, config });
  expect(parts.graphs.map(({ newTokens }) => newTokens)).toEqual([32, 1]);
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
  const error = { code: "replica_failed", message: "loading docs@1: it died" };
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
  await host.events.until(EVENTS.servingRoute, ofRun("run-after"));
  expect(await look("run-cancelled")).toMatchObject({ state: "cancelled" });
  expect(host.events.of(EVENTS.servingRoute).filter(ofRun("run-cancelled"))).toEqual([]);
});

describe("gates", () => {
  test("weights of 8 bits are compared with the full ones, and the package's graphs hold them", async () => {
    await host.publish("int8", EVENTS.modelDeploy, { ...(await deployment("run-int8")), weights: "int8" });
    const { data } = await host.events.until(EVENTS.modelGated, ofRun("run-int8"));
    expect(data).toMatchObject({ passed: true, model: "docs", version: 1 });
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
    expect(data.error.message).toMatch(/^deploying docs@1: bits_per_byte is \d\.\d+, wanted .* 0\.5 bits\/byte/);
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
      expect(data.error.message).toContain("docs@1 needs");
    } finally {
      live = undefined;
    }
  });
});
