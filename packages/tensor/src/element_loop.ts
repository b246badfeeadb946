/**
 * Element-wise graphs as WebAssembly: one loop over vectors that are updated in place, four elements an instruction. A runtime of operators
 * goes over memory once an operator; this goes over it once in all. Each operation rounds once, so the bits are those of any other
 * way to compute the graph in float32.
 */
import type { Node, OperationNode, Tensor } from "./graph.ts";
import { topologicalOrder } from "./graph.ts";
import { F32, get, I32, load, set, simd, store, V128, wasmModule, whileBelow } from "./wasm_module.ts";

/** An element-wise update of vectors. All tensors are float32. */
export interface ElementLoop {
  /** Inputs that differ from element to element. */
  readonly vectors: readonly Tensor[];
  /** Inputs of one number. */
  readonly factors: readonly Tensor[];
  /** New values, by the vector whose elements they replace. */
  readonly updates: ReadonlyMap<Tensor, Tensor>;
}

/** Elements of a turn of the loop: a cache line. */
export const LOOP_ELEMENTS = 16;

const SPLAT = 0x13;
const CODES: Readonly<Partial<Record<OperationNode["op"], number>>> = {
  Sqrt: 0xe3,
  Add: 0xe4,
  Sub: 0xe5,
  Mul: 0xe6,
  Div: 0xe7,
};

/**
 * Writes a module that imports `vectors.memory` and exports `run(...addresses, end, ...factors)`: the byte at which each vector begins, the
 * one at which the first ends, and the factors. Whole turns of `LOOP_ELEMENTS` are computed, beyond the end if they do not fit.
 * @throws {TypeError} If the graph has an operation that is not one of the five that round once, or an input that is not named.
 */
export function elementLoop({ vectors, factors, updates }: ElementLoop): Uint8Array<ArrayBuffer> {
  const end = vectors.length;
  const order = topologicalOrder([...updates.values()]);
  // A local for each value, behind the parameters. Compilers keep in registers what fits.
  const locals = new Map(order.map((node, index) => [node, end + 1 + factors.length + index]));
  const localOf = ({ node }: Tensor): number => locals.get(node)!;
  const vectorOf = new Map(vectors.map(({ node }, index) => [node, index]));
  const factorOf = new Map(factors.map(({ node }, index) => [node, end + 1 + index]));

  const value = (node: Node, offset: number): number[] => {
    if (node.kind === "operation") {
      const code = CODES[node.op];
      if (code === undefined)
        throw new TypeError(`a loop over elements: found ${node.op}, wanted one of ${Object.keys(CODES)}`);
      return [...node.inputs.flatMap((operand) => get(localOf(operand))), ...simd(code)];
    }
    const vector = vectorOf.get(node);
    if (vector === undefined)
      throw new TypeError("a loop over elements: found an input that is neither a vector nor a factor");
    return load(vector, offset);
  };
  const fixed = (node: Node): number[] | undefined => {
    const factor = factorOf.get(node);
    if (factor !== undefined) return [...get(factor), ...simd(SPLAT)];
    return node.kind === "constant" ? [...float(node.data), ...simd(SPLAT)] : undefined;
  };
  const isFixed = (node: Node): boolean => node.kind === "constant" || factorOf.has(node);
  const before = order.filter(isFixed).flatMap((node) => [...fixed(node)!, ...set(locals.get(node)!)]);
  const each = order.filter((node) => !isFixed(node));
  const four = (offset: number): number[] => [
    ...each.flatMap((node) => [...value(node, offset), ...set(locals.get(node)!)]),
    ...[...updates].flatMap(([vector, updated]) => store(vectorOf.get(vector.node)!, offset, localOf(updated))),
  ];
  const turn = [0, 16, 32, 48].flatMap(four);
  return wasmModule({
    parameters: [...vectors.map(() => I32), I32, ...factors.map(() => F32)],
    results: [],
    locals: order.map(() => V128),
    code: [...before, ...whileBelow([...vectors.keys()], end, 4 * LOOP_ELEMENTS, turn)],
  });
}

/** The one number of a constant. */
function float(data: ArrayLike<number | bigint>): number[] {
  return [0x43, ...new Uint8Array(Float32Array.of(Number(data[0])).buffer)];
}
