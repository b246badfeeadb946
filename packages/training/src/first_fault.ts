import type { TensorView } from "@millrace/execution";
import type { Parameter, TracedGraph } from "@millrace/transformer";

/** A step that went wrong, on the state that it went wrong with. */
export interface FaultSearch {
  readonly layout: readonly Parameter[];
  /** Flat vector of the layout. */
  readonly vector: Float32Array;
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
  const of = ({ offset, size }: Parameter): Float32Array => vector.subarray(offset, offset + size);
  const broken = layout.filter((parameter) => !of(parameter).every(Number.isFinite)).map(({ name }) => name);
  const read = graph.parameters.find((name) => broken.includes(name));
  if (read !== undefined) return `the parameter "${read}" is not finite`;
  const seen = graph.values.map(({ output, words, shape }) => {
    const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
    return { words, output, view: { data, shape } };
  });
  const into = Object.fromEntries(seen.map(({ output, view }) => [output, view]));
  for (let leaf = 0; leaf < leaves; leaf++) {
    await trace(leaf, into);
    const first = seen.find(({ view }) => !view.data.every(Number.isFinite));
    if (first === undefined) continue;
    const { name, size } = largestOf(layout, of);
    return `numbers stop being finite in ${first.words} (leaf ${leaf}; the largest of the parameters is ${size.toExponential(1)}, in "${name}")`;
  }
  return undefined;
}

function largestOf(
  layout: readonly Parameter[],
  of: (parameter: Parameter) => Float32Array,
): { readonly name: string; readonly size: number } {
  return layout
    .map((parameter) => ({
      name: parameter.name,
      size: of(parameter).reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    }))
    .reduce((most, one) => (one.size > most.size ? one : most));
}
