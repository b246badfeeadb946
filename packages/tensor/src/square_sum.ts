/** The sum of squares of float32 numbers in float64, as WebAssembly. */
import { F64, get, I32, load, set, simd, V128, wasmModule, whileBelow } from "./wasm_module.ts";

const [SQUARES_1, SQUARES_2, FLOATS, DOUBLES] = [3, 4, 5, 6] as const;
const [WIDEN, ADD, MULTIPLY, LANE] = [simd(0x5f), simd(0xf0), simd(0xf2), simd(0x21)] as const;
/** Adds two numbers that are no vectors. */
const ADD_ONE = [0xa0];
/** Bytes 8 to 15 of the first operand, twice. */
const UPPER_HALF = [...simd(0x0d), ...[0, 1].flatMap(() => [8, 9, 10, 11, 12, 13, 14, 15])];
/** Loads one float, and zeros beside it. */
const LOAD_ONE = [...simd(0x5c), 2, 0];

/**
 * Writes a module that imports `vectors.memory` and exports `run(first, whole, end)`, which gives the sum over the floats from the byte
 * `first` on until the byte `end`. Until `whole`, a multiple of 16 bytes behind `first`, every fourth element is added together, and the
 * rest with the first of each four; the four sums a, b, c, d come to a + b + (c + d).
 */
export function squareSum(): Uint8Array<ArrayBuffer> {
  const keep = [...set(FLOATS), ...get(FLOATS)];
  const four = [load(0, 0), keep, addSquares(SQUARES_1), get(FLOATS), get(FLOATS), UPPER_HALF, addSquares(SQUARES_2)];
  const one = [get(0), LOAD_ONE, addSquares(SQUARES_1)];
  return wasmModule({
    parameters: [I32, I32, I32],
    results: [F64],
    locals: [V128, V128, V128, V128],
    code: [
      whileBelow([0], 1, 16, four.flat()),
      whileBelow([0], 2, 4, one.flat()),
      laneSum(SQUARES_1),
      laneSum(SQUARES_2),
      ADD_ONE,
    ].flat(),
  });
}

/** Widens the two lower floats on the stack, and adds their squares to a local. */
function addSquares(into: number): number[] {
  return [WIDEN, set(DOUBLES), get(into), get(DOUBLES), get(DOUBLES), MULTIPLY, ADD, set(into)].flat();
}

function laneSum(of: number): number[] {
  return [...get(of), ...LANE, 0, ...get(of), ...LANE, 1, ...ADD_ONE];
}
