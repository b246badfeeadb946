import { addInto, combineOrder, completeSubtrees, ownedRange, treeSum } from "@millrace/collective";
import { onnxC } from "@millrace/execution/onnx_c";
import { afterAll, describe, expect, test } from "vitest";
import { createReplica, leafVectors, type ReplicaOptions } from "./mod.ts";
import { tinyOptions, trainTiny } from "./testing/tiny_run.ts";

const executor = onnxC();
afterAll(() => executor.close());

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The tiny run with dropout at every place. */
function dropping(rate = 0.2): ReplicaOptions {
  const options = tinyOptions(executor);
  const dropout = { embedding: rate, attention: rate, residual: rate };
  return { ...options, config: { ...options.config, dropout } };
}

describe("createReplica() with dropout", () => {
  test("createReplica() with dropout resumes bit for bit, for any number of leaves at once", async () => {
    const whole = await trainTiny(dropping(), 6);
    const first = await trainTiny(dropping(), 2);
    const second = await trainTiny({ ...dropping(), concurrency: 3, resume: first.checkpoint }, 6);
    expect(sameBytes(second.checkpoint.model, whole.checkpoint.model)).toBe(true);
    expect(sameBytes(second.checkpoint.state, whole.checkpoint.state)).toBe(true);
    const without = await trainTiny(tinyOptions(executor), 6);
    expect(sameBytes(without.checkpoint.model, whole.checkpoint.model)).toBe(false);
  });

  test("createReplica() with dropout gives sums that do not depend on which member computes a leaf", async () => {
    const leaves = 5;
    const options = { ...dropping(), training: { ...dropping().training, leaves } };
    const one = await createReplica(options);
    const alone = leafVectors(one, leaves);
    for (const [leaf, vector] of alone.entries()) await one.computeLeaf(4, leaf, vector);
    const wanted = treeSum(alone);
    for (const members of [2, 3, 5]) {
      const parts: { start: number; end: number }[] = [];
      const sums: Float32Array[] = [];
      for (let member = 0; member < members; member++) {
        const replica = await createReplica(options);
        for (const part of completeSubtrees(ownedRange(member, members, leaves), leaves)) {
          const vectors = leafVectors(replica, part.end - part.start);
          for (const [index, vector] of vectors.entries()) await replica.computeLeaf(4, part.start + index, vector);
          parts.push(part);
          sums.push(treeSum(vectors));
        }
        await replica.close();
      }
      for (const { into, from } of combineOrder(parts, { start: 0, end: leaves })) addInto(sums[into]!, sums[from]!);
      expect(sums[0]).toEqual(wanted);
    }
    await one.close();
  });

  test("createReplica() with dropout scores validation without it", async () => {
    const [plain, random] = [await createReplica(tinyOptions(executor)), await createReplica(dropping())];
    expect(await random.validateLeaf(0)).toEqual(await plain.validateLeaf(0));
    await plain.close();
    await random.close();
  });
});
