import { onnxC } from "@millrace/execution/onnx_c";
import { onnxNode } from "@millrace/execution/onnx_node";
import { afterAll, describe, expect, test } from "vitest";
import { createReplica, leafVectors, type ReplicaOptions, type StepReport, trainStep } from "./mod.ts";
import { tinyOptions, trainTiny } from "./testing/tiny_run.ts";

const executor = onnxC();
afterAll(() => executor.close());

const STEPS = 40;

async function curve(options: ReplicaOptions): Promise<StepReport[]> {
  const replica = await createReplica(options);
  const vectors = leafVectors(replica, options.training.leaves);
  const reports: StepReport[] = [];
  for (let step = 0; step < STEPS; step++) reports.push(await trainStep(replica, step, vectors));
  await replica.close();
  return reports;
}

describe("train.precision mixed", () => {
  const mixed = tinyOptions(executor, { precision: "mixed" });

  test("a training has the losses of float32 to 0.02 nats, and other bits", async () => {
    const slow = { learningRate: 0.003 };
    const found = await curve(tinyOptions(executor, { ...slow, precision: "mixed" }));
    const wanted = await curve(tinyOptions(executor, slow));
    const distances = found.map(({ loss }, step) => Math.abs(loss - wanted[step]!.loss));
    expect(Math.max(...distances)).toBeLessThan(0.02);
    expect(Math.max(...distances)).toBeGreaterThan(0);
    expect(found.at(-1)!.skippedSteps).toBe(0);
    expect(found.at(-1)!.loss).toBeLessThan(found[0]!.loss - 1);
  });

  test("a step whose gradient overflows is skipped and counted, the factor halved, and training goes on", async () => {
    const replica = await createReplica(mixed);
    const [parameters, numbers] = [replica.state[0]!, replica.state.at(-1)!];
    const factor = numbers[0]!;
    numbers[0] = factor * 2 ** 20;
    const vectors = leafVectors(replica, mixed.training.leaves);
    const first = parameters.slice();
    const reports: StepReport[] = [];
    for (let step = 0; step < STEPS; step++) {
      reports.push(await trainStep(replica, step, vectors));
      if (step === 0) expect(parameters.every((value, index) => value === first[index])).toBe(true);
    }
    const skipped = reports.at(-1)!.skippedSteps!;
    expect(skipped).toBeGreaterThan(0);
    expect(numbers[0]).toBe(factor * 2 ** (20 - skipped));
    expect(reports[0]).toMatchObject({ skippedSteps: 1, gradientNorm: 0 });
    expect(reports[0]!.loss).toBeGreaterThan(4);
    expect(reports.at(-1)!.loss).toBeLessThan(reports[0]!.loss - 1);
    await replica.close();
  });

  test("a training resumes bit for bit, in the midst of skipped steps, for any number of leaves at once", async () => {
    const whole = await trainTiny(mixed, 12);
    const first = await trainTiny({ ...mixed, concurrency: 2 }, 5);
    const node = onnxNode();
    const second = await trainTiny({ ...mixed, executor: node, resume: first.checkpoint }, 12);
    await node.close();
    expect(second).toEqual(whole);
  });

  test("a loss that is not finite stops training, since no factor helps", async () => {
    const replica = await createReplica(mixed);
    const sums = new Float32Array(replica.vectorFloats).fill(NaN);
    sums[sums.length - 1] = 8;
    await expect(replica.applyStep(3, sums)).rejects.toThrow('step 3: the gradient of "');
    await replica.close();
  });

  test("a checkpoint of one precision is no beginning for the other", async () => {
    const { checkpoint } = await trainTiny(mixed, 1);
    const other = createReplica({ ...tinyOptions(executor), resume: checkpoint });
    await expect(other).rejects.toThrow('it was made with train.precision "mixed", wanted "float32"');
  });
});
