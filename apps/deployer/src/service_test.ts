/** A version from its command to its traffic, and what ends it on the way. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AutoModelForCausalLM, AutoTokenizer, env } from "@huggingface/transformers";
import { type ArtifactRef, DeploymentList, EVENTS, ModelFolder, ServingPackage } from "@millrace/contracts";
import { mergeProfiles } from "@millrace/features";
import { HttpError } from "@millrace/service";
import { loadTokenizer, trainCharacters } from "@millrace/tokenizer";
import { expect, test } from "vitest";
import {
  artifacts,
  asked,
  config,
  deployment,
  host,
  hostDeployer,
  loaded,
  look,
  ofRun,
  peers,
  PROMPTS,
  started,
  textOf,
} from "./testing/deployer_kit.ts";

hostDeployer();

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
  // A context of 32 tokens has no room for whole samples: prompt and answer fill it.
  const tokenizer = loadTokenizer(await textOf(command.tokenizer));
  for (const { prompt, max_tokens: most } of asked.slice(-3)) {
    expect(tokenizer.encode(String(prompt)).length + Number(most)).toBe(config.contextLength);
  }
  expect(asked.at(-1)).toMatchObject({ model: "run-whole@1", temperature: 0.8 });
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

test("a version that was trained further says so in its card, and has its adapters in a folder of their own", async () => {
  const command = await deployment("run-further");
  const base = {
    manifest: command.tokenized,
    name: "hf:a/b@0123456789abcdef0123456789abcdef01234567",
    licence: "mit|x",
  };
  const adapter = { weights: command.checkpoint, config: command.tokenizer };
  await host.publish("further", EVENTS.modelDeploy, { ...command, base, adapter });
  const { data } = await host.events.until(EVENTS.modelPackaged, ofRun("run-further"));
  const { files } = ModelFolder.parse(JSON.parse(await textOf(data.folder)));
  expect(files["adapter/adapter_model.safetensors"]).toEqual(adapter.weights);
  expect(files["adapter/adapter_config.json"]).toEqual(adapter.config);
  const card = await textOf(files["README.md"] as ArtifactRef);
  expect(card).toContain(`---\nbase_model: a/b\nlicense: "mit|x"\n`);
  expect(card).toContain(`trained further by Millrace from ${base.name} on raw text.`);
  expect(card).toContain("| its licence | mit\\|x |");
});

test("a version that has learnt to answer has its chat template in package and folder, and stops where a turn ends", async () => {
  const command = await deployment("run-chat");
  const manifest = JSON.parse(await textOf(command.tokenized)) as object;
  const template = {
    template: "{{ messages }}",
    specialTokens: { pad_token: "<pad>" },
    reserved: ["<pad>"],
    endOfTurn: 3,
  };
  const two = { train: 7, validation: 2 };
  const chat = { template, isBases: true, conversations: two, answerTokens: two };
  const tokenized = await host.artifacts
    .forProject("default")
    .put(new TextEncoder().encode(JSON.stringify({ ...manifest, chat })), "application/json");
  await host.publish("chat", EVENTS.modelDeploy, { ...command, tokenized });
  const { data } = await host.events.until(EVENTS.modelPackaged, ofRun("run-chat"));
  const parts = ServingPackage.parse(JSON.parse(await textOf(data.package)));
  expect(parts.chatTemplate).toEqual(template);
  const { files } = ModelFolder.parse(JSON.parse(await textOf(data.folder)));
  const file = (name: string): Promise<string> => textOf(files[name] as ArtifactRef);
  expect(await file("chat_template.jinja")).toBe(template.template);
  expect(JSON.parse(await file("tokenizer_config.json"))).toMatchObject({ pad_token: "<pad>" });
  expect(JSON.parse(await file("generation_config.json"))).toEqual({ bos_token_id: 0, eos_token_id: [0, 3] });
  expect(await file("README.md")).toContain("7 conversations, of which it has learnt the answers");
});

test.each([
  ["pieces of words", "run-folder", undefined, "GPT2Tokenizer"],
  ["characters", "run-characters", trainCharacters, "PreTrainedTokenizerFast"],
])("the model folder of %s loads in transformers.js, tokens and text alike", async (_, run, train, tokenizerClass) => {
  await host.publish(run, EVENTS.modelDeploy, await deployment(run, 1, 1, train));
  const { data } = await host.events.until(EVENTS.modelPackaged, ofRun(run));
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
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(ours.decode(ours.encode(text)));
    const told = JSON.parse(await textOf(files["tokenizer_config.json"] as ArtifactRef)) as object;
    expect(told).toMatchObject({ tokenizer_class: tokenizerClass });
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
  peers.refusal = new HttpError(400, "context_length_exceeded", "the prompt is too long");
  await host.publish("refused", EVENTS.modelDeploy, await deployment("run-refused"));
  await loaded("run-refused");
  const { data } = await host.events.until(EVENTS.stageFailed, ofRun("run-refused"));
  peers.refusal = undefined;
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

const runsOf = async (model: string): Promise<string[]> => {
  const path = `/api/deployer/deployments?model=${model}`;
  const { deployments } = DeploymentList.parse(await (await host.request("deployer", path)).json());
  return deployments.map(({ runId }) => runId);
};

test("deployments of one model are listed alone", async () => {
  await host.publish("alone", EVENTS.modelDeploy, await deployment("run-alone"));
  await expect.poll(() => look("run-alone")).toBeDefined();
  expect(await runsOf("run-alone")).toEqual(["run-alone"]);
  expect(await runsOf("nobodys")).toEqual([]);
});
