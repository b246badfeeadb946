import { expect, test } from "vitest";
import { createExchange, type Exchange, type Outgoing } from "./exchange.ts";
import { allReduceLeaf } from "./testing/all_reduce_leaf.ts";
import { treeSum } from "./tree.ts";
import { createVectorMemory } from "./vector_memory.ts";

const NAMES = ["a", "b", "c"];
const [FLOATS, LEAVES] = [9000, 7];

function members(applied: number, names = NAMES): Map<string, Exchange> {
  return new Map(
    names.map((self) => {
      const lossy = { kind: "int8", exactTail: 2 } as const;
      const memory = createVectorMemory();
      const shape = { floats: FLOATS, leaves: LEAVES, chunkFloats: 2048 };
      const exchange = createExchange({ run: "r", self, memory, applied, state: [], lossy, ...shape });
      exchange.configure({ generation: 1, members: names });
      return [self, exchange];
    }),
  );
}

/** Makes a step; all members see the same sums, which are given. */
function step(all: Map<string, Exchange>, number: number): Float32Array {
  const queue: [string, Outgoing][] = [];
  const send = (from: string, out: readonly Outgoing[]): void => void queue.push(...out.map((o) => [from, o] as never));
  for (const [name, exchange] of all) {
    for (const part of exchange.ownParts) {
      const leaves = Array.from({ length: part.end - part.start }, (_, i) =>
        allReduceLeaf(FLOATS, number, part.start + i),
      );
      send(name, exchange.contribute(part, treeSum(leaves), [{ start: 0, end: FLOATS }]));
      while (exchange.owes) send(name, exchange.nextTurn());
    }
  }
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [from, { to, message, payload }] = next;
    const exchange = all.get(to)!;
    exchange.place(from, message)!.set(payload!);
    send(to, exchange.receive(from, message));
  }
  const [first, ...others] = [...all.values()].map(({ sums }) => sums.slice());
  for (const sums of others) expect(sums).toEqual(first);
  for (const exchange of all.values()) exchange.commit();
  return first!;
}

function wantedSum(number: number): Float32Array {
  return treeSum(Array.from({ length: LEAVES }, (_, leaf) => allReduceLeaf(FLOATS, number, leaf)));
}

test("a lossy exchange gives all members the same sums, near the true ones and with the tail as it is", () => {
  const all = members(0);
  const wanted = wantedSum(0);
  const sums = step(all, 0);
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(sums).not.toEqual(wanted);
  sums.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(0.02 * largest));
  expect(sums.slice(-2)).toEqual(wanted.slice(-2));
});

test("a lossy exchange whose members forget after a step goes on as one that begins there, and else not", () => {
  const [forgetful, mindful] = [members(0), members(0)];
  for (const all of [forgetful, mindful]) for (const number of [0, 1]) step(all, number);
  for (const exchange of forgetful.values()) exchange.forget();
  const fresh = members(2);
  for (const number of [2, 3]) {
    const wanted = step(fresh, number);
    expect(step(forgetful, number)).toEqual(wanted);
    expect(step(mindful, number)).not.toEqual(wanted);
  }
});

test("a lossy exchange of one member loses nothing, and members who change forget", () => {
  const alone = members(0, ["a"]);
  expect(step(alone, 0)).toEqual(wantedSum(0));
  // What it applied was never in words: who lags is given the state.
  expect(alone.get("a")!.holdsSums).toBe(false);
  const all = members(0);
  step(all, 0);
  for (const exchange of all.values()) exchange.configure({ generation: 2, members: NAMES });
  expect(step(all, 1)).toEqual(step(members(1), 1));
});

test("a lossy exchange gives one that lags the very sums that the others applied", () => {
  const all = members(0);
  const [holder, laggard] = [all.get("a")!, members(0).get("b")!];
  const wanted = step(all, 0);
  for (const exchange of [holder, laggard]) exchange.configure({ generation: 2, members: NAMES });
  const [{ message }] = laggard.pull("sums", "a", 0) as [Outgoing];
  for (const { message: sum, payload } of holder.receive("b", message)) {
    laggard.place("a", sum)!.set(payload!);
    laggard.receive("a", sum);
  }
  expect(laggard.complete).toBe(true);
  expect(laggard.sums).toEqual(wanted);
});

test("a lossy exchange encodes 16 chunks at a time, for which whoever waits for others need not wait", () => {
  const shape = { floats: 40 * 1024, chunkFloats: 1024, leaves: 2 };
  const lossy = { kind: "int8", exactTail: 2 } as const;
  const exchange = createExchange({
    run: "r",
    self: "a",
    memory: createVectorMemory(),
    applied: 0,
    state: [],
    lossy,
    ...shape,
  });
  exchange.configure({ generation: 1, members: ["a", "b"] });
  const [part] = exchange.ownParts;
  const whole = [{ start: 0, end: shape.floats }];
  const turns = [exchange.contribute(part!, new Float32Array(shape.floats), whole)];
  while (exchange.owes) turns.push(exchange.nextTurn());
  // The first 20 chunks are this member's own, of which there is no sum yet.
  expect(turns.map((turn) => turn.length)).toEqual([0, 12, 8]);
  exchange.contribute(part!, new Float32Array(shape.floats), whole);
  exchange.configure({ generation: 2, members: ["a", "b"] });
  expect(exchange.owes).toBe(false);
});
