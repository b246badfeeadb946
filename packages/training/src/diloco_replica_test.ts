import { combineOrder, addInto } from "@millrace/collective";
import { openExecutor } from "@millrace/execution/open";
import { afterAll, expect, test } from "vitest";
import { createDilocoReplica, type DilocoReplica } from "./diloco_replica.ts";
import { createReplica } from "./replica.ts";
import { tinyOptions } from "./testing/tiny_run.ts";

const executor = await openExecutor(console.warn);
afterAll(() => executor.close());
const options = tinyOptions(executor, { steps: 12 });
const INNER_STEPS = 3;

/** What a node with these leaves comes to in a round. */
async function roundOf(replica: DilocoReplica, round: number, leaves: readonly number[]): Promise<Float32Array> {
  await replica.beginRound();
  for (let inner = 0; inner < INNER_STEPS; inner++) {
    const step = round * INNER_STEPS + inner;
    const vectors = leaves.map(() => new Float32Array(replica.leafFloats));
    for (const [i, leaf] of leaves.entries()) await replica.computeLeaf(step, leaf, vectors[i]!);
    const ends = leaves.map((_, i) => ({ start: i, end: i + 1 }));
    for (const { into, from } of combineOrder(ends, { start: 0, end: leaves.length }))
      addInto(vectors[into]!, vectors[from]!);
    await replica.innerStep(step, vectors[0]!);
  }
  const out = new Float32Array(replica.vectorFloats);
  await replica.endRound(out);
  return out;
}

test("a round of one node is its steps, and an outer step of Nesterov momentum on how far they went", async () => {
  const [replica, plain] = await Promise.all([createDilocoReplica(options, INNER_STEPS), createReplica(options)]);
  const start = replica.state[0]!.slice();
  const came = await roundOf(replica, 0, [0, 1, 2, 3]);
  const vectors = [0, 1, 2, 3].map(() => new Float32Array(plain.vectorFloats));
  for (let step = 0; step < INNER_STEPS; step++) {
    for (const leaf of [0, 1, 2, 3]) await plain.computeLeaf(step, leaf, vectors[leaf]!);
    const ends = [0, 1, 2, 3].map((i) => ({ start: i, end: i + 1 }));
    for (const { into, from } of combineOrder(ends, { start: 0, end: 4 })) addInto(vectors[into]!, vectors[from]!);
    await plain.applyStep(step, vectors[0]!);
  }
  const size = start.length;
  const [after, ...memory] = plain.state;
  const way = start.map((value, i) => value - after![i]!);
  expect(came.subarray(0, size)).toEqual(way);
  const report = await replica.applyStep(0, came);
  // The first momentum is the way itself: 0.7 x (1 + 0.5) of it.
  const wanted = start.map((value, i) => value - 0.7 * 1.5 * way[i]!);
  replica.state[0]!.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-6));
  expect(replica.state.slice(1, -1)).toEqual(memory);
  expect(report.targetCount).toBe(INNER_STEPS * 4 * 2 * 32);
  await Promise.all([replica.close(), plain.close()]);
});

test("nodes that take the mean of their rounds stay equal, learn, and go on from a checkpoint to the same bytes", async () => {
  const open = (resume?: { model: Uint8Array; state: Uint8Array }): Promise<DilocoReplica> =>
    createDilocoReplica({ ...options, ...(resume && { resume }) }, INNER_STEPS);
  const nodes = [await open(), await open()];
  const losses: number[] = [];
  let resumed: DilocoReplica | undefined;
  for (let round = 0; round < 4; round++) {
    if (round === 2) {
      resumed = await open(nodes[0]!.exportCheckpoint(round));
      expect(resumed.applied).toBe(2);
    }
    const all = [...nodes, ...(resumed ? [resumed] : [])];
    // The one that was resumed does what the first does.
    const came: Float32Array[] = [];
    for (const [i, node] of all.entries()) came.push(await roundOf(node, round, i === 1 ? [2, 3] : [0, 1]));
    if (resumed) expect(came[2]).toEqual(came[0]);
    addInto(came[0]!, came[1]!);
    for (const node of all) losses.push((await node.applyStep(round, came[0]!)).loss);
    for (const node of all.slice(1)) expect(node.state).toEqual(nodes[0]!.state);
  }
  expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.3);
  expect(resumed!.exportCheckpoint(4)).toEqual(nodes[0]!.exportCheckpoint(4));
  const { state } = await createReplica(options).then(async (replica) => {
    const files = replica.exportCheckpoint(0);
    await replica.close();
    return files;
  });
  const { model } = nodes[0]!.exportCheckpoint(4);
  await expect(open({ model, state })).rejects.toThrow('wanted "outerVelocity"');
  await Promise.all([...nodes, resumed!].map((node) => node.close()));
});

test("a round that is begun again forgets what was computed", async () => {
  const replica = await createDilocoReplica(options, INNER_STEPS);
  const first = await roundOf(replica, 0, [0]);
  expect(await roundOf(replica, 0, [0])).toEqual(first);
  const untouched = await createDilocoReplica(options, INNER_STEPS);
  expect(replica.exportCheckpoint(0)).toEqual(untouched.exportCheckpoint(0));
  await untouched.close();
  await replica.close();
});
