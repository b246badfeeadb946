import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLossyWire, type LossyKind } from "./lossy_wire.ts";
import { allReduceLeaf } from "./testing/all_reduce_leaf.ts";

const FLOATS = 5000;
const CHUNK_FLOATS = 2048;
const TAIL = 2;
/** Largest error of an element over the largest of its block: half a step, and for fp16 half of the last bit. */
const LARGEST_ERROR = { fp16: 2 ** -12, int8: 0.5 / 127 };

/** Sends a vector once; gives what arrives. */
function sent(kind: LossyKind, vector: Float32Array, lost = new Float32Array(vector.length)): Float32Array {
  const wire = createLossyWire({ floats: vector.length, chunkFloats: CHUNK_FLOATS }, { kind, exactTail: TAIL });
  const out = new Float32Array(vector.length);
  for (let chunk = 0; chunk * CHUNK_FLOATS < vector.length; chunk++) {
    const [start, end] = [chunk * CHUNK_FLOATS, Math.min(vector.length, (chunk + 1) * CHUNK_FLOATS)];
    const words = new Float32Array(wire.wordsOf(chunk));
    wire.encode(chunk, vector.subarray(start, end), lost.subarray(start, end), words);
    wire.decode(chunk, words.slice(), out.subarray(start, end));
  }
  return out;
}

describe.each(["fp16", "int8"] as const)("createLossyWire() in %s", (kind) => {
  test(`createLossyWire() in ${kind} loses at most half a step of each block's largest, and nothing of the tail`, () => {
    const vector = allReduceLeaf(FLOATS, 1, 2).map((value, i) => (i % 3 === 0 ? -value : value));
    const got = sent(kind, vector);
    for (let start = 0; start < FLOATS - TAIL; start += 1024) {
      const block = vector.subarray(start, Math.min(FLOATS - TAIL, start + 1024));
      const largest = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      block.forEach((value, i) =>
        expect(Math.abs(got[start + i]! - value)).toBeLessThanOrEqual(largest * LARGEST_ERROR[kind] * 1.001),
      );
    }
    expect(got.slice(-TAIL)).toEqual(vector.slice(-TAIL));
  });

  test(`createLossyWire() in ${kind} makes up for what was lost, so that the sum over many steps is out by one step's loss`, () => {
    const vector = Float32Array.from({ length: FLOATS }, (_, i) => Math.sin(i) * (i % 97 === 0 ? 50 : 1e-3));
    const lost = new Float32Array(FLOATS);
    const [total, without] = [new Float64Array(FLOATS), new Float64Array(FLOATS)];
    const once = sent(kind, vector);
    const steps = 50;
    for (let step = 0; step < steps; step++) {
      sent(kind, vector, lost).forEach((value, i) => (total[i]! += value));
      once.forEach((value, i) => (without[i]! += value));
    }
    const worst = (sum: Float64Array): number =>
      sum.reduce((most, value, i) => Math.max(most, Math.abs(value - steps * vector[i]!)), 0);
    expect(worst(total)).toBeLessThanOrEqual(1.1 * 50 * LARGEST_ERROR[kind]);
    expect(worst(without)).toBeGreaterThan(5 * worst(total));
  });

  test(`createLossyWire() in ${kind} shows every block that is not finite as NaN`, () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const vector = new Float32Array(FLOATS).fill(1);
      vector[1030] = bad;
      const got = sent(kind, vector);
      expect([got[1023], got[1024], got[2047], got[2048]]).toEqual([1, NaN, NaN, 1]);
    }
  });

  test(`createLossyWire() in ${kind} needs no more words than elements, and sends few elements as they are`, () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -9, max: 9 }), { minLength: 1, maxLength: 8 }), (values) => {
        const wire = createLossyWire({ floats: values.length }, { kind, exactTail: TAIL });
        expect(wire.wordsOf(0)).toBeLessThanOrEqual(values.length);
        if (wire.wordsOf(0) === values.length) expect([...sent(kind, Float32Array.from(values))]).toEqual(values);
      }),
    );
  });
});
