import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { allReduceBetween } from "../testing/all_reduce.ts";
import { allReduceLeaf } from "../testing/all_reduce_leaf.ts";
import { treeSum } from "../tree.ts";

test.each([
  [2, "sockets"],
  [4, "memory"],
] as const)(
  "an all-reduce between %d processes over %s gives the tree's sums, bit for bit, on all of them",
  async (processes, over) => {
    const task = { leaves: 7, floats: 300_001, steps: 3, verify: true, over };
    const outcomes = await allReduceBetween(processes, task);
    const wanted = [0, 1, 2].map((step) => {
      const sum = treeSum(Array.from({ length: 7 }, (_, leaf) => allReduceLeaf(task.floats, step, leaf)));
      return createHash("sha256").update(sum).digest("hex");
    });
    expect(outcomes.map(({ hashes }) => hashes)).toEqual(Array(processes).fill(wanted));
    for (const { sentBytes, socketBytes } of outcomes) {
      // All but the first vectors, which go before the ends know of each other.
      const isRead = over === "memory" && process.platform === "linux";
      expect(socketBytes / sentBytes < 0.6, `${socketBytes} of ${sentBytes} bytes over sockets`).toBe(isRead);
    }
  },
);

test.each([
  ["fp16", 2],
  ["int8", 4],
] as const)("an all-reduce in %s gives all processes the same sums, of a %dth of the bytes", async (kind, saving) => {
  const task = { leaves: 3, floats: 300_001, steps: 2, verify: true, over: "memory" } as const;
  const lossy = { kind, exactTail: 2 };
  const outcomes = await allReduceBetween(3, { ...task, lossy });
  const [first] = outcomes;
  expect(new Set(first!.hashes).size).toBe(2);
  for (const { hashes } of outcomes) expect(hashes).toEqual(first!.hashes);
  // Partials to two owners of three and sums to two others, of each process; scales and heads come on top.
  const exactBytes = task.steps * 2 * 2 * task.floats * 4;
  const sentBytes = outcomes.reduce((sum, outcome) => sum + outcome.sentBytes, 0);
  expect(sentBytes / (exactBytes / saving)).toBeGreaterThan(1);
  expect(sentBytes / (exactBytes / saving)).toBeLessThan(1.02);
});
