/** Element-wise updates of vectors in the memory of this process: one pass over memory, in place. */
import type { VectorMemory } from "@millrace/collective";
import { elementLoop, LOOP_ELEMENTS } from "@millrace/tensor";
import { byName, type Elementwise, elementwiseGraph, type ElementwiseUpdate, type Range } from "./elementwise.ts";

/** Elements between two looks at what else waits in this process: about a hundredth of a second. */
const PIECE = 2 ** 22;
/** Elements that are copied at once where a vector lies elsewhere; all vectors together fit the processor's cache. */
const COPIED = 4096;

/**
 * Opens an update. Each operation rounds once (IEEE 754 sums, products, quotients, square roots), so neither the place of an element nor
 * the processor changes a bit.
 * @param vectorMemory Where vectors are to lie; those that lie elsewhere are updated too, in twice the time.
 * @param ranges Elements that it is for.
 */
export function openVectorLoop<Vector extends string, Factor extends string>(
  vectorMemory: VectorMemory,
  update: ElementwiseUpdate<Vector, Factor>,
  ranges: readonly Range[],
): Elementwise<Vector, Factor> {
  const { vectors: names, factors: factorNames } = update;
  const { tensors, updated } = elementwiseGraph(update);
  const module = elementLoop({
    vectors: names.map((name) => tensors[name]),
    factors: factorNames.map((name) => tensors[name]),
    updates: new Map(updated.map(([name, tensor]) => [tensors[name], tensor])),
  });
  const imports = { vectors: { memory: vectorMemory.memory } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), imports);
  const loop = exports["run"] as (...numbers: number[]) => void;
  const copies = byName(names, () => vectorMemory.take(COPIED));

  return {
    async run(vectors, factors) {
      const numbers = factorNames.map((name) => factors[name]);
      const isHere = names.every((name) => vectorMemory.holds(vectors[name]));
      const compute = (start: number, end: number): void => {
        const isWhole = (end - start) % LOOP_ELEMENTS === 0;
        const copied = names.filter((name) => !isWhole || !vectorMemory.holds(vectors[name]));
        for (const name of copied) copies[name].set(vectors[name].subarray(start, end));
        const addresses = names.map((name) =>
          copied.includes(name) ? copies[name].byteOffset : vectors[name].byteOffset + 4 * start,
        );
        loop(...addresses, addresses[0]! + 4 * (end - start), ...numbers);
        for (const [name] of updated) {
          if (copied.includes(name)) vectors[name].set(copies[name].subarray(0, end - start), start);
        }
      };
      let sincePause = 0;
      for (const [start, end] of ranges) {
        const whole = end - ((end - start) % LOOP_ELEMENTS);
        for (let at = start, next = at; at < end; at = next) {
          next = at < whole ? Math.min(whole, at + (isHere ? PIECE : COPIED)) : end;
          compute(at, next);
          sincePause += next - at;
          if (sincePause < PIECE) continue;
          await new Promise((resolve) => setTimeout(resolve, 0));
          sincePause = 0;
        }
      }
    },
    release: async () => {},
  };
}
