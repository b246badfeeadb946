import type { TensorView } from "@millrace/execution";
import type { Parameter, TracedGraph } from "@millrace/transformer";
import { largestNumber } from "./largest_number.ts";

/** A step that went wrong, on the state that it went wrong with. */
export interface FaultSearch {
  readonly layout: readonly Parameter[];
  /** Flat vector of the layout. */
  readonly vector: Float32Array;
  /** Leaves to look through, from the first. */
  readonly leaves: number;
  /** What there is to look at. */
  readonly graph: Pick<TracedGraph, "parameters" | "values">;
  /** Computes a leaf of the step again. */
  trace(leaf: number, into: Record<string, TensorView & { readonly data: Float32Array }>): Promise<void>;
}

/**
 * Looks for what was the first, in the order of the computation, that is not finite.
 * @returns In words; undefined if all is finite up to the gradients of parameters.
 */
export async function firstFault({ layout, vector, leaves, graph, trace }: FaultSearch): Promise<string | undefined> {
  const sizes = new Map<string, number>();
  for (const { name, offset, size } of layout) {
    sizes.set(name, await largestNumber(vector.subarray(offset, offset + size)));
  }
  const read = graph.parameters.find((name) => sizes.has(name) && !Number.isFinite(sizes.get(name)));
  if (read !== undefined) return `the parameter "${read}" is not finite`;
  const seen = graph.values.map(({ output, words, shape }) => {
    const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    return { words, output, view: { data, shape } };
  });
  const into = Object.fromEntries(seen.map(({ output, view }) => [output, view]));
  for (let leaf = 0; leaf < leaves; leaf++) {
    await trace(leaf, into);
    for (const { words, view } of seen) {
      if (Number.isFinite(await largestNumber(view.data))) continue;
      const [name, size] = [...sizes].reduce((most, one) => (one[1] > most[1] ? one : most));
      return `numbers stop being finite in ${words} (leaf ${leaf}; the largest of the parameters is ${size.toExponential(1)}, in "${name}")`;
    }
  }
  return undefined;
}
