import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { allReduceBetween } from "../testing/all_reduce.ts";
import { allReduceLeaf } from "../testing/all_reduce_leaf.ts";
import { treeSum } from "../tree.ts";

test.each([2, 4])(
  "an all-reduce between %d processes gives the tree's sums, bit for bit, on all of them",
  async (processes) => {
    const task = { leaves: 7, floats: 300_001, steps: 3, verify: true };
    const outcomes = await allReduceBetween(processes, task);
    const wanted = [0, 1, 2].map((step) => {
      const sum = treeSum(Array.from({ length: 7 }, (_, leaf) => allReduceLeaf(task.floats, step, leaf)));
      return createHash("sha256").update(sum).digest("hex");
    });
    expect(outcomes.map(({ hashes }) => hashes)).toEqual(Array(processes).fill(wanted));
  },
);
