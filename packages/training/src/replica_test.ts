import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { addInto, completeSubtrees, combineOrder, ownedRange, treeSum } from "@millrace/collective";
import { TOKEN_MARKS } from "@millrace/contracts";
import type { Executor } from "@millrace/execution";
import { onnxC } from "@millrace/execution/onnx_c";
import { onnxNode } from "@millrace/execution/onnx_node";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  createReplica,
  leafVectors,
  NonFiniteGradientError,
  type Replica,
  type ReplicaOptions,
  sumLosses,
  trainStep,
} from "./mod.ts";
import { hashLeaves } from "./testing/hash_leaves.ts";
import { tinyOptions, trainTiny } from "./testing/tiny_run.ts";

const executor = onnxC();
afterAll(() => executor.close());

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

async function leavesOf(replica: Replica, step: number, leaves: number): Promise<Float32Array[]> {
  const vectors = leafVectors(replica, leaves);
  for (const [leaf, vector] of vectors.entries()) await replica.computeLeaf(step, leaf, vector);
  return vectors;
}

describe("createReplica()", () => {
  test("createReplica() learns a short text by heart in 200 steps", async () => {
    const { report } = await trainTiny(tinyOptions(executor, { steps: 200 }), 200);
    expect(report?.loss).toBeLessThan(0.2);
  });

  test("createReplica() resumed at any step makes the next one bit for bit as if it had never stopped", async () => {
    const { config, ...others } = tinyOptions(executor);
    // What is dropped, the order of the rows, of which there are 21 a pass, and the learning rate differ from step to step.
    const options = { ...others, config: { ...config, layers: 1, dropout: { embedding: 0.2, attention: 0.2 } } };
    const steps = 12;
    const whole = await createReplica(options);
    const vectors = leafVectors(whole, options.training.leaves);
    let before = whole.exportCheckpoint(0);
    for (let step = 0; step < steps; step++) {
      await trainStep(whole, step, vectors);
      await whole.publishState();
      const after = whole.exportCheckpoint(step + 1);
      const resumed = await trainTiny({ ...options, resume: before }, step + 1);
      expect(sameBytes(resumed.checkpoint.model, after.model), `model after step ${step + 1}`).toBe(true);
      expect(sameBytes(resumed.checkpoint.state, after.state), `state after step ${step + 1}`).toBe(true);
      expect(sameBytes(after.model, before.model)).toBe(false);
      before = after;
    }
    await whole.close();
  });

  test.each<[string, Partial<ReplicaOptions["training"]>]>([
    ["Muon", { optimiser: { name: "muon", momentum: 0.95, nesterov: true } }],
    ["SGD", { optimiser: { name: "sgd", momentum: 0.9, nesterov: true }, learningRate: 0.5, finalLearningRate: 0.1 }],
    ["a moving average", { averageDecay: 0.9 }],
  ])("createReplica() learns, and resumes bit for bit, with %s, through either executor", async (_, changes) => {
    const options = tinyOptions(executor, { steps: 30, ...changes });
    const whole = await trainTiny(options, 30);
    expect(whole.report?.loss).toBeLessThan(3.5);
    const first = await trainTiny({ ...options, concurrency: 2 }, 5);
    const second = await trainTiny({ ...options, resume: first.checkpoint }, 30);
    const node = onnxNode();
    const other = await trainTiny({ ...options, executor: node }, 30);
    await node.close();
    for (const { checkpoint } of [second, other]) {
      expect(sameBytes(checkpoint.model, whole.checkpoint.model)).toBe(true);
      expect(sameBytes(checkpoint.state, whole.checkpoint.state)).toBe(true);
    }
  });

  test("createReplica() learns answers alone, each of their tokens as much, however they are shared among leaves", async () => {
    const { read, predicted, conversation, between } = TOKEN_MARKS;
    const plain = tinyOptions(executor, { leaves: 8, leafBatch: 1, steps: 40 });
    // Eight conversations of 24 tokens, whose answers have 1 to 22.
    const marks = Uint8Array.from({ length: 25 * 8 }, (_, place) => {
      const [number, at] = [Math.floor(place / 25), place % 25];
      if (at < 2) return at === 0 ? between : conversation;
      return at < 3 + 3 * number ? predicted : read;
    });
    const tokens = plain.tokens.slice(0, marks.length);
    const options = {
      ...plain,
      tokens,
      validation: { tokens, endOfText: 0 },
      marks: { training: marks, validation: marks },
    };
    const whole = await trainTiny({ ...options, training: { ...options.training, leaves: 1, leafBatch: 8 } }, 1);
    const parted = await trainTiny(options, 1);
    expect(parted.report?.loss).toBeCloseTo(whole.report?.loss ?? 0, 4);
    expect(parted.report?.gradientNorm).toBeCloseTo(whole.report?.gradientNorm ?? 0, 3);
    const replica = await createReplica(options);
    const counts = (await leavesOf(replica, 0, 8)).map((vector) => vector.at(-1)!);
    expect(counts.toSorted((a, b) => a - b)).toEqual([1, 4, 7, 10, 13, 16, 19, 22]);
    const validated = await Promise.all(Array.from({ length: 8 }, (_, leaf) => replica.validateLeaf(leaf)));
    expect(sumLosses(validated).targetCount).toBe(92);
    await replica.close();
    expect((await trainTiny(options, 40)).report?.loss).toBeLessThan(0.5);
    await expect(
      createReplica({ ...options, marks: { training: marks.fill(read, 2), validation: marks } }),
    ).rejects.toThrow("found no answer");
  });

  test("createReplica() validates and exports the moving average, which trains nothing", async () => {
    const plain = await trainTiny(tinyOptions(executor), 12);
    const averaged = await trainTiny(tinyOptions(executor, { averageDecay: 0.9 }), 12);
    expect(averaged.report).toEqual(plain.report);
    expect(sameBytes(averaged.checkpoint.model, plain.checkpoint.model)).toBe(false);
    const [served, average] = await Promise.all(
      [
        { ...tinyOptions(executor, { averageDecay: 0.9 }), resume: averaged.checkpoint },
        // The same weights as a model that has no average.
        { ...tinyOptions(executor), resume: { model: averaged.checkpoint.model, state: plain.checkpoint.state } },
      ].map(async (options) => {
        const replica = await createReplica(options);
        const loss = await replica.validateLeaf(0);
        await replica.close();
        return loss;
      }),
    );
    expect(served).toEqual(average);
  });

  test("createReplica() gives the same bytes for any number of leaves at once, and through either executor", async () => {
    const one = await trainTiny(tinyOptions(executor), 6);
    const three = await trainTiny({ ...tinyOptions(executor), concurrency: 3 }, 6);
    const node = onnxNode();
    const other = await trainTiny(tinyOptions(node), 6);
    await node.close();
    expect(sameBytes(three.checkpoint.model, one.checkpoint.model)).toBe(true);
    expect(sameBytes(other.checkpoint.model, one.checkpoint.model)).toBe(true);
  });

  test("createReplica() gives other parameters when the seed is another", async () => {
    const one = await trainTiny(tinyOptions(executor), 1);
    const two = await trainTiny(tinyOptions(executor, { seed: 2 }), 1);
    expect(sameBytes(two.checkpoint.model, one.checkpoint.model)).toBe(false);
  });

  test("createReplica() refuses more tokens than a step can count, a text shorter than the context, and tokens it has no row for", async () => {
    await expect(createReplica(tinyOptions(executor, { leaves: 2 ** 20 }))).rejects.toThrow("cannot be counted");
    const options = { ...tinyOptions(executor), tokens: Uint16Array.of(1, 2, 3) };
    await expect(createReplica(options)).rejects.toThrow("3 training tokens for a context of 32");
    const strange = { ...tinyOptions(executor), tokens: new Uint16Array(40).fill(128, 7) };
    await expect(createReplica(strange)).rejects.toThrow("training token 7 is 128, wanted 0 to 127");
  });
});

describe("Replica.computeLeaf()", () => {
  test("computeLeaf() overwrites whatever the vector held, the gaps between parameters with zeros", async () => {
    const replica = await createReplica(tinyOptions(executor));
    const [clean, dirty] = [0, 1].map(() => new Float32Array(replica.vectorFloats)) as [Float32Array, Float32Array];
    dirty.fill(NaN);
    await replica.computeLeaf(3, 1, clean);
    await replica.computeLeaf(3, 1, dirty);
    expect(dirty).toEqual(clean);
    expect(clean.at(-1)).toBe(2 * 32);
    await replica.close();
  });

  test("computeLeaf() gives the bits of another process, and of itself beside itself, for every preset", async () => {
    const program = fileURLToPath(new URL("testing/hash_leaves.ts", import.meta.url));
    const other = await promisify(execFile)(process.execPath, [program]);
    expect(await hashLeaves(executor, 3)).toEqual(JSON.parse(other.stdout));
  });

  test("computeLeaf() gives sums that do not depend on how leaves are shared between members", async () => {
    const leaves = 7;
    const replica = await createReplica(tinyOptions(executor, { leaves }));
    const vectors = await leavesOf(replica, 0, leaves);
    const whole = treeSum(vectors);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: leaves }), (members) => {
        const parts = Array.from({ length: members }, (_, member) =>
          completeSubtrees(ownedRange(member, members, leaves), leaves),
        ).flat();
        const sums = parts.map(({ start, end }) => treeSum(vectors.slice(start, end)));
        for (const { into, from } of combineOrder(parts, { start: 0, end: leaves })) addInto(sums[into]!, sums[from]!);
        expect(sums[0]).toEqual(whole);
      }),
    );
    await replica.close();
  });
});

describe("Replica.applyStep()", () => {
  test("applyStep() reports the mean loss and clips a gradient that is longer than the limit", async () => {
    const replica = await createReplica(tinyOptions(executor, { clip: 1e-3 }));
    const report = await trainStep(replica, 0, leafVectors(replica, 4));
    // An untrained model of 128 tokens guesses: ln 128 nats.
    expect(report.loss).toBeCloseTo(Math.log(128), 1);
    expect(report.targetCount).toBe(4 * 2 * 32);
    expect(report.gradientNorm).toBeGreaterThan(1e-3);
    // The first moment after one step is (1 - beta1) times the clipped gradient.
    const norm = Math.sqrt(replica.state[1]!.reduce((sum, m) => sum + (m / 0.1) ** 2, 0));
    expect(norm).toBeCloseTo(1e-3, 6);
    await replica.close();
  });

  test("applyStep() names the step and the first parameter when a gradient is not finite, and changes nothing", async () => {
    let runs = 0;
    const counted: Executor = {
      ...executor,
      async createSession(model, options) {
        const session = await executor.createSession(model, options);
        return { ...session, run: (feeds, fetches) => (runs++, session.run(feeds, fetches)) };
      },
    };
    const replica = await createReplica(tinyOptions(counted));
    const sums = treeSum(await leavesOf(replica, 0, 4));
    const bad = replica.layout[3]!;
    sums[bad.offset + 1] = NaN;
    const before = replica.state.map((vector) => vector.slice());
    const refused = replica.applyStep(17, sums);
    await expect(refused).rejects.toThrow(
      `step 17: the gradient of "${bad.name}" is not finite (what comes before it is, in the first 2 of 4 leaves); `,
    );
    await expect(refused).rejects.toThrow(NonFiniteGradientError);
    expect(runs).toBe(2);
    expect(replica.state.map((vector) => vector.slice())).toEqual(before);
    await replica.close();
  });

  test("applyStep() refuses a gradient that is not finite where what was the first cannot be looked for", async () => {
    let isFull = false;
    const filling: Executor = {
      ...executor,
      createSession: (model, options) =>
        isFull ? Promise.reject(new Error("no room")) : executor.createSession(model, options),
    };
    const replica = await createReplica(tinyOptions(filling));
    isFull = true;
    const sums = new Float32Array(replica.vectorFloats).fill(NaN);
    const refused = replica.applyStep(3, sums);
    await expect(refused).rejects.toThrow(NonFiniteGradientError);
    await expect(refused).rejects.toThrow(
      /^step 3: the gradient of "[^"]+" is not finite \(looking for what was the first failed: no room\); /,
    );
    await replica.close();
  });

  test.each([1e6, 1e20])(
    "applyStep() names what went wrong first where a learning rate of %d ends a training",
    async (learningRate) => {
      const options = tinyOptions(executor, { learningRate, finalLearningRate: learningRate, warmupSteps: 0 });
      await expect(trainTiny(options, 40)).rejects.toThrow(
        /^step \d+: numbers stop being finite in the output of block 0 \(leaf 0; the largest of the parameters is 1\.0e\+\d\d, in "transformer/,
      );
    },
  );

  test.each([
    ["transformer.wte.weight", NaN, 'the parameter "transformer.wte.weight" is not finite'],
    ["transformer.h.1.mlp.c_proj.weight", 3e38, "numbers stop being finite in the output of block 1 (leaf 0"],
    ["transformer.ln_f.weight", 3e38, "numbers stop being finite in the scores of the vocabulary (leaf 0"],
  ])("applyStep() finds that %s was set to %d", async (name, value, words) => {
    const replica = await createReplica({ ...tinyOptions(executor), recompute: true });
    const { offset, size } = replica.layout.find((parameter) => parameter.name === name)!;
    replica.state[0]!.fill(value, offset, offset + size);
    await expect(trainStep(replica, 0, leafVectors(replica, 4))).rejects.toThrow(`step 0: ${words}`);
    await replica.close();
  });

  test("applyStep() keeps the gaps between parameters zero", async () => {
    const options = tinyOptions(executor);
    const replica = await createReplica({ ...options, config: { ...options.config, width: 30, heads: 3 } });
    const vectors = leafVectors(replica, 4);
    for (let step = 0; step < 3; step++) await trainStep(replica, step, vectors);
    const gaps = replica.layout.flatMap(({ offset, size }, index) => {
      const end = replica.layout[index + 1]?.offset ?? replica.state[0]!.length;
      return replica.state.flatMap((vector) => [...vector.subarray(offset + size, end)]);
    });
    expect(gaps.length).toBeGreaterThan(0);
    expect(gaps.every((value) => value === 0)).toBe(true);
    await replica.close();
  });
});

describe("Replica.validateLeaf()", () => {
  test("validateLeaf() counts every token of the validation documents once over all leaves", async () => {
    const replica = await createReplica(tinyOptions(executor));
    const leaves = Array.from({ length: replica.validationLeaves }, (_, leaf) => replica.validateLeaf(leaf));
    const { lossSum, targetCount } = sumLosses(await Promise.all(leaves));
    expect(targetCount).toBe(70 + 20);
    expect(lossSum / targetCount).toBeCloseTo(Math.log(128), 1);
    await expect(replica.validateLeaf(replica.validationLeaves)).rejects.toThrow("no validation leaf");
    await replica.close();
  });
});
