import { addInto } from "@millrace/collective";
import type { Executor } from "@millrace/execution";
import { onnxC } from "@millrace/execution/onnx_c";
import { onnxWebGpu } from "@millrace/execution/onnx_webgpu";
import { useSoftwareDevice } from "@millrace/execution/testing";
import { type AdapterConfig, initialParameters, type ModelConfig } from "@millrace/transformer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSquareSums } from "./gradient_norm.ts";
import {
  createDilocoReplica,
  createReplica,
  leafVectors,
  NonFiniteGradientError,
  type Replica,
  type ReplicaOptions,
  type StepReport,
  trainStep,
} from "./mod.ts";
import { tinyOptions } from "./testing/tiny_run.ts";

const skip = useSoftwareDevice();
/** SwiftShader compiles the kernels for seconds, on a busy machine for longer. */
const COMPILING_MS = 300_000;
const LEAVES = 2;
const STEPS = 3;

/** The vocabulary is filled up to 128 on the device. */
const SHAPE = { vocabularySize: 125, contextLength: 16, layers: 1, heads: 2, width: 16 };
const MODELS: Readonly<Record<string, ModelConfig>> = {
  gpt2: { architecture: "gpt2", ...SHAPE },
  "gpt2 with dropout": { architecture: "gpt2", ...SHAPE, dropout: { attention: 0.2 } },
  llama: { architecture: "llama", ...SHAPE, width: 24, keyValueHeads: 1 },
};

function optionsOf(executor: Executor, config: ModelConfig, changes: Partial<ReplicaOptions["training"]> = {}) {
  return { ...tinyOptions(executor, { leaves: LEAVES, leafBatch: 1, ...changes }), config };
}

/** Makes a step that nobody abandons. */
async function stepAlone(replica: Replica, step: number): Promise<StepReport> {
  const report = await replica.stepAlone!(step, () => false);
  if (report === undefined) throw new Error("wanted the step not to be abandoned");
  return report;
}

/** Makes two steps. */
async function losses(replica: Replica, from: number): Promise<number[]> {
  const found: number[] = [];
  for (let step = from; step < from + 2; step++) found.push((await stepAlone(replica, step)).loss);
  return found;
}

function greatestDistance(a: Float32Array, b: Float32Array): number {
  return a.reduce((greatest, value, index) => Math.max(greatest, Math.abs(value - (b[index] ?? NaN))), 0);
}

describe.skipIf(skip !== undefined)("createReplica() on WebGPU", { timeout: COMPILING_MS }, () => {
  const host = onnxC();
  let device: Executor;
  beforeAll(async () => {
    device = await onnxWebGpu();
  });
  afterAll(async () => {
    await device.close();
    await host.close();
  });

  const SGD = {
    optimiser: { name: "sgd", momentum: 0.9, nesterov: true },
    learningRate: 0.1,
    averageDecay: 0.9,
  } as const;
  test.each([
    ["gpt2 with dropout", "Muon", { optimiser: { name: "muon", momentum: 0.95, nesterov: true } }, undefined],
    ["llama", "AdamW", {}, undefined],
    [
      "llama",
      "SGD and a moving average of adapters",
      SGD,
      { rank: 3, alpha: 6, targets: ["attention", "feedForward"] },
    ],
  ] as [string, string, Partial<ReplicaOptions["training"]>, AdapterConfig | undefined][])(
    "createReplica() trains %s with %s as on the processor, by way of the host and without it",
    async (model, _, changes, adapters) => {
      const config = MODELS[model]!;
      const further = adapters && { adapters, initial: initialParameters(config, 3) };
      const options = (executor: Executor): ReplicaOptions => ({ ...optionsOf(executor, config, changes), ...further });
      const [own, exchanged, alone] = await Promise.all([host, device, device].map((at) => createReplica(options(at))));
      if (own === undefined || exchanged === undefined || alone === undefined) throw new Error("wanted three replicas");
      const [wanted, found] = [leafVectors(own, LEAVES), leafVectors(exchanged, LEAVES)];
      for (let step = 0; step < STEPS; step++) {
        const report = await trainStep(own, step, wanted);
        const together = await trainStep(exchanged, step, found);
        // The same bits on every card.
        const squares = openSquareSums(exchanged.vectorMemory).ofAll(exchanged.layout, found[0]!.subarray(0, -2));
        expect(together.gradientNorm).toBe(Math.sqrt(squares) / together.targetCount);
        for (const other of [together, await stepAlone(alone, step)]) {
          // A relative distance of 1e-5: float32 through one block, summed in another order.
          expect(other.loss / report.loss).toBeCloseTo(1, 5);
          expect(other.gradientNorm / report.gradientNorm).toBeCloseTo(1, 4);
          expect(other.targetCount).toBe(report.targetCount);
        }
        const scale = wanted[0]!.subarray(0, -2).reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
        expect(greatestDistance(wanted[0]!.subarray(0, -2), found[0]!.subarray(0, -2)) / scale).toBeLessThan(1e-5);
      }
      for (const other of [exchanged, alone]) {
        await other.publishState();
        // AdamW makes steps of the learning rate, 0.01, out of gradients however small: a hundredth of that.
        own.state.forEach((vector, index) => expect(greatestDistance(vector, other.state[index]!)).toBeLessThan(1e-4));
        const [ours, theirs] = [await own.validateLeaf(0), await other.validateLeaf(0)];
        expect(theirs.targetCount).toBe(ours.targetCount);
        expect(theirs.lossSum / ours.lossSum).toBeCloseTo(1, 4);
      }
      await Promise.all([own, exchanged, alone].map((replica) => replica.close()));
    },
  );

  test("createReplica() goes on from a checkpoint, and from a peer's state", async () => {
    const options = optionsOf(device, MODELS["gpt2"]!);
    const whole = await createReplica(options);
    await losses(whole, 0);
    await whole.publishState();
    const checkpoint = whole.exportCheckpoint(2);
    const peer = await createReplica(options);
    whole.state.forEach((vector, index) => peer.state[index]!.set(vector));
    await peer.adoptState();
    const resumed = await createReplica({ ...options, resume: checkpoint });
    expect(resumed.applied).toBe(2);
    const wanted = await losses(whole, 2);
    for (const other of [peer, resumed]) {
      (await losses(other, 2)).forEach((loss, index) => expect(loss / wanted[index]!).toBeCloseTo(1, 5));
    }
    await Promise.all([whole, peer, resumed].map((replica) => replica.close()));
  });

  test("createDilocoReplica() makes the rounds of the processor, whose steps stay on the device", async () => {
    const [own, card] = await Promise.all(
      [host, device].map((at) => createDilocoReplica(optionsOf(at, MODELS["llama"]!), 2)),
    );
    if (own === undefined || card === undefined) throw new Error("wanted two replicas");
    const vectors = [new Float32Array(own.leafFloats), new Float32Array(own.leafFloats)] as const;
    const [wanted, found] = [new Float32Array(own.vectorFloats), new Float32Array(card.vectorFloats)];
    const parts = [1, 0].map((leaf) => ({ start: leaf, end: leaf + 1 }));
    for (let round = 0; round < 2; round++) {
      // What was computed in a round that is begun again is void.
      await card.beginRound();
      expect(await card.innerStepAlone!(2 * round, [{ start: 0, end: 1 }], () => false)).toBe(true);
      expect(await card.innerStepAlone!(2 * round, parts, () => true)).toBe(false);
      await Promise.all([own.beginRound(), card.beginRound()]);
      for (let step = 2 * round; step < 2 * round + 2; step++) {
        for (const leaf of [0, 1] as const) await own.computeLeaf(step, leaf, vectors[leaf]);
        addInto(...vectors);
        await own.innerStep(step, vectors[0]);
        expect(await card.innerStepAlone!(step, parts, () => false)).toBe(true);
      }
      await Promise.all([own.endRound(wanted), card.endRound(found)]);
      // Two steps of AdamW, as above.
      expect(greatestDistance(wanted.subarray(0, -3), found.subarray(0, -3))).toBeLessThan(1e-4);
      const [report, other] = [await own.applyStep(round, wanted), await card.applyStep(round, found)];
      expect(other.loss / report.loss).toBeCloseTo(1, 5);
      expect(other).toMatchObject({ targetCount: report.targetCount, learningRate: report.learningRate });
      const [ours, theirs] = [await own.validateLeaf(0), await card.validateLeaf(0)];
      expect(theirs.lossSum / ours.lossSum).toBeCloseTo(1, 4);
    }
    own.state.forEach((vector, index) => expect(greatestDistance(vector, card.state[index]!)).toBeLessThan(1e-4));
    await Promise.all([own.close(), card.close()]);
  });

  test("stepAlone() is abandoned between leaves, and then nothing has changed", async () => {
    const replica = await createReplica(optionsOf(device, MODELS["gpt2"]!));
    const undisturbed = await createReplica(optionsOf(device, MODELS["gpt2"]!));
    let leaves = 0;
    expect(await replica.stepAlone!(0, () => leaves++ === 1)).toBeUndefined();
    expect(await losses(replica, 0)).toEqual(await losses(undisturbed, 0));
    await Promise.all([replica, undisturbed].map((each) => each.close()));
  });

  test("stepAlone() names the first parameter whose gradient is not finite, and changes nothing", async () => {
    const replica = await createReplica(optionsOf(device, MODELS["gpt2"]!));
    replica.state[0]!.fill(NaN, 0, 4);
    await replica.adoptState();
    const refused = stepAlone(replica, 7);
    await expect(refused).rejects.toThrow(NonFiniteGradientError);
    await expect(refused).rejects.toThrow("step 7: the gradient of");
    await replica.close();
  });
});
