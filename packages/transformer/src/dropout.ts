/**
 * Dropout whose random bits are computed in the graph, by integers of 32 bits: they depend on (seed, step, leaf), the site and the
 * element, and on nothing else, so that a leaf is the same wherever and whenever it is computed.
 */
import {
  add,
  bitwiseXor,
  cast,
  constant,
  greaterOrEqual,
  mul,
  reshape,
  scalar,
  shiftRight,
  split,
  where,
  type Tensor,
} from "@millrace/tensor";
import type { DropoutRates } from "./config.ts";

/** Sets a share of the elements to zero and enlarges the others so that the expected value stays. Static shapes. */
export type Dropout = (place: keyof DropoutRates, x: Tensor) => Tensor;

/** Leaves everything as it is: all graphs but that of training. */
export const keepAll: Dropout = (_, x) => x;

// 24 random bits decide; a float32 holds as many.
const LEVELS = 2 ** 24;

/**
 * Makes the dropout of one graph. Each call is a site of its own, numbered as they come.
 * @param draw int32, shape (3): seed, step, leaf.
 * @param layersBefore Layers that another graph runs before this one, the embedding included: their sites have numbers too.
 */
export function randomDropout(rates: DropoutRates, draw: Tensor, layersBefore?: number): Dropout {
  let sites = layersBefore === undefined ? 0 : sitesBefore(rates, layersBefore);
  const mixed = split(draw, 0, [1, 1, 1]).reduce((key, part) => hash(bitwiseXor(key, part)), word(0x2545f491));
  const counters = new Map<number, Tensor>();
  return (place, x) => {
    const rate = rates[place];
    if (rate === 0) return x;
    const count = x.shape.reduce<number>((product, extent) => product * Number(extent), 1);
    const counter = counters.get(count) ?? hash(elementNumbers(count));
    counters.set(count, counter);
    const key = hash(bitwiseXor(mixed, word(++sites)));
    // Hashed before and after the key is brought in: keys that differ in a few bits would else only permute the elements.
    const bits = cast(shiftRight(cast(hash(bitwiseXor(counter, key)), "uint32"), 8), "int32");
    const isKept = greaterOrEqual(bits, word(Math.round(rate * LEVELS)));
    return mul(x, reshape(where(isKept, scalar(1 / (1 - rate)), scalar(0)), x.shape));
  };
}

/** Sites of the embedding and of so many layers. */
function sitesBefore({ embedding, attention, residual }: DropoutRates, layers: number): number {
  return Number(embedding > 0) + layers * (Number(attention > 0) + 2 * Number(residual > 0));
}

/** 0, 1, 2 ... as a sum of a column and a row, which takes little room in the file. */
function elementNumbers(count: number): Tensor {
  const columns = largestDivisor(count);
  const rows = count / columns;
  const column = Int32Array.from({ length: rows }, (_, row) => row * columns);
  const row = Int32Array.from({ length: columns }, (_, index) => index);
  return reshape(add(constant(column, [rows, 1]), constant(row, [1, columns])), [count]);
}

/** Largest divisor that is at most the square root. */
function largestDivisor(count: number): number {
  let divisor = Math.floor(Math.sqrt(count));
  while (count % divisor !== 0) divisor--;
  return divisor;
}

/** Mixes 32 bits so that every input bit reaches every output bit (Wellons' "lowbias32"). */
function hash(value: Tensor): Tensor {
  const once = mul(folded(value, 16), word(0x7feb352d));
  return folded(mul(folded(once, 15), word(0x846ca68b)), 16);
}

function folded(x: Tensor, places: number): Tensor {
  return bitwiseXor(x, cast(shiftRight(cast(x, "uint32"), places), "int32"));
}

function word(bits: number): Tensor {
  return constant(Int32Array.of(bits), [1]);
}
