/** Gates: what a version must be before it is loaded. */
import { type Evaluation, EVENTS, ModelFolder, ServingPackage } from "@millrace/contracts";
import { expect, test } from "vitest";
import { deployment, host, hostDeployer, look, ofRun, peers, textOf } from "./testing/deployer_kit.ts";

hostDeployer();

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
  await host.publish("limit", EVENTS.modelDeploy, { ...(await deployment("run-limit")), maxBitsPerByte: 0.512345678 });
  const { data } = await host.events.until(EVENTS.stageFailed, ofRun("run-limit"));
  expect(data.error.code).toBe("gates_failed");
  expect(data.error.message).toMatch(/^deploying run-limit@1: bits_per_byte is \d\.\d+, wanted .* 0\.5123 bits\/byte/);
  expect(host.events.of(EVENTS.modelGated).find(ofRun("run-limit"))?.data.passed).toBe(false);
  expect(host.events.of(EVENTS.servingLoad).filter(ofRun("run-limit"))).toEqual([]);
  expect(await look("run-limit")).toMatchObject({ state: "failed" });
});

test("a version below a least score of its recipe is not loaded, and its card tells its scores", async () => {
  const figures = { bitsPerByte: 2, perplexity: 20, accuracy: 0.4 };
  const evaluation: Evaluation = {
    bitsPerByte: { model: 2, gzip: 3, xzPrimed: 2.5, ngram: 2.1 },
    verdict: "better than gzip",
    documents: 3,
    bytes: 900,
    tokens: 300,
    scores: { model: figures, ngram: { ...figures, accuracy: 0.35 } },
    slices: [{ by: "source", name: "a|b.md", documents: 3, bytes: 900, tokens: 300, model: figures, ngram: figures }],
    tasks: [
      {
        name: "capitals",
        kind: "multiple_choice",
        examples: 40,
        leftOut: 0,
        accuracy: 0.3,
        accuracyNormalised: 0.45,
        standardError: 0.08,
        chance: 0.25,
        perplexity: null,
      },
    ],
  };
  const command = { ...(await deployment("run-scores")), evaluation };
  await host.publish("scores", EVENTS.modelDeploy, {
    ...command,
    leastScores: { capitals: 0.5, next_token_accuracy: 0.4 },
  });
  const { data } = await host.events.until(EVENTS.stageFailed, ofRun("run-scores"));
  expect(data.error.code).toBe("gates_failed");
  expect(data.error.message).toMatch(/task_score is 0\.4500, wanted at least 0\.5 share \(capitals: questions/);
  expect((await look("run-scores"))?.gates.filter(({ name }) => name === "next_token_accuracy")).toMatchObject([
    { state: "passed", value: 0.4 },
  ]);
  const { data: packaged } = await host.events.until(EVENTS.modelPackaged, ofRun("run-scores"));
  const { files } = ModelFolder.parse(JSON.parse(await textOf(packaged.folder)));
  const card = await textOf(files["README.md"]!);
  expect(card).toContain("| this model | 2.000 | 20.00 | 40.0 % |");
  expect(card).toContain("| source: a\\|b.md | 3 | 2.000 | 2.000 | 40.0 % |");
  expect(card).toContain("| capitals | 40 | 30.0 % | 45.0 % | 8.0 % | 25.0 % |");
});

test("a version is held against the live one on the same text", async () => {
  await host.publish("champion", EVENTS.modelDeploy, await deployment("run-champion"));
  const { data: champion } = await host.events.until(EVENTS.servingLoad, ofRun("run-champion"));
  peers.live = { version: 1, package: champion.package };
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
    peers.live = undefined;
  }
});
