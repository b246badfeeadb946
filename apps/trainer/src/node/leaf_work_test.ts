import { createVectorMemory, treeSum, type LeafRange, type Span } from "@millrace/collective";
import { describe, expect, test } from "vitest";
import { createLeafWork, type LeafReplica } from "./leaf_work.ts";

const MEMORY = createVectorMemory();
const FLOATS = 3;
const PHASES: readonly (readonly Span[])[] = [
  [{ start: 1, end: 2 }],
  [
    { start: 0, end: 1 },
    { start: 2, end: 3 },
  ],
];

const gradient = (leaf: number): Float32Array => Float32Array.of(leaf / 3, Math.sin(leaf) * 1000, 1);

/** Tells what happens, in order. Leaves wait for `go` between their phases. */
function recorded(concurrency: number, go: () => Promise<void> = async () => {}) {
  const events: string[] = [];
  const replica: LeafReplica = {
    vectorFloats: FLOATS,
    concurrency,
    phases: PHASES,
    async computeLeaf(_, leaf, out, onPhase) {
      events.push(`leaf ${leaf} ${onPhase ? "in phases" : "whole"}`);
      for (const [phase, spans] of PHASES.entries()) {
        await go();
        for (const { start, end } of spans) out.set(gradient(leaf).subarray(start, end), start);
        onPhase?.(phase);
      }
      events.push(`leaf ${leaf} is finished`);
    },
  };
  const sums = new Map<number, Float32Array>();
  const onPart = (part: LeafRange, sum: Float32Array, spans: readonly Span[]): void => {
    events.push(`part ${part.start}-${part.end}: ${spans.map(({ start, end }) => `${start}-${end}`).join()}`);
    const known = sums.get(part.start) ?? new Float32Array(FLOATS);
    for (const { start, end } of spans) known.set(sum.subarray(start, end), start);
    sums.set(part.start, known);
  };
  return { events, replica, sums, onPart };
}

const PARTS = [
  { start: 1, end: 2 },
  { start: 2, end: 4 },
];

describe("createLeafWork()", () => {
  test("where others wait, a part leaves while later leaves are computed, and the upper spans of the last leaf before its lower ones", async () => {
    const { events, replica, onPart } = recorded(1);
    const work = createLeafWork(
      replica,
      MEMORY,
      () => true,
      () => {},
    );
    expect(await work.run(0, PARTS, () => false, onPart)).toBe(true);
    expect(events).toEqual([
      "leaf 1 whole",
      "leaf 1 is finished",
      "part 1-2: 1-2",
      "part 1-2: 0-1,2-3",
      "leaf 2 whole",
      "leaf 2 is finished",
      "leaf 3 in phases",
      "part 2-4: 1-2",
      "part 2-4: 0-1,2-3",
      "leaf 3 is finished",
    ]);
  });

  test("where nobody waits, leaves and parts are whole", async () => {
    const { events, replica, onPart } = recorded(1);
    await createLeafWork(
      replica,
      MEMORY,
      () => false,
      () => {},
    ).run(0, [{ start: 2, end: 4 }], () => false, onPart);
    expect(events).toEqual([
      "leaf 2 whole",
      "leaf 2 is finished",
      "leaf 3 whole",
      "leaf 3 is finished",
      "part 2-4: 0-3",
    ]);
  });

  test.each([1, 2, 3])("sums are the tree's, step after step, with %i leaves at once", async (concurrency) => {
    const { replica, sums, onPart } = recorded(concurrency, () => new Promise((resolve) => setTimeout(resolve)));
    const work = createLeafWork(
      replica,
      MEMORY,
      () => true,
      () => {},
    );
    for (let step = 0; step < 3; step++) {
      sums.clear();
      expect(await work.run(step, PARTS, () => false, onPart)).toBe(true);
      expect(sums.get(1)).toEqual(gradient(1));
      expect(sums.get(2)).toEqual(treeSum([gradient(2), gradient(3)]));
    }
  });

  test("work that is halted between two phases gives no more, and can be begun anew", async () => {
    let isHalting = false;
    const { events, replica, sums, onPart } = recorded(1);
    const work = createLeafWork(
      replica,
      MEMORY,
      () => true,
      () => {},
    );
    const halt: typeof onPart = (...given) => {
      onPart(...given);
      isHalting = true;
    };
    expect(await work.run(0, [{ start: 2, end: 3 }], () => isHalting, halt)).toBe(false);
    expect(events.filter((event) => event.startsWith("part"))).toEqual(["part 2-3: 1-2"]);
    isHalting = false;
    expect(await work.run(0, [{ start: 2, end: 3 }], () => isHalting, onPart)).toBe(true);
    expect(sums.get(2)).toEqual(gradient(2));
  });
});
