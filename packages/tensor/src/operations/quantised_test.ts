import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { input } from "../graph.ts";
import { onnxModel } from "../onnx.ts";
import { evaluate } from "../reference/evaluate.ts";
import { integerFeed, randomFeed, relativeDistance, runModel } from "../testing/run_model.ts";
import { quantisedConstant, quantisedGather, quantisedProduct, quantiseRows } from "./quantised.ts";

/** Rows of ordinary numbers, shape (N, K). */
function matrix(rows: number, columns: number): Float32Array {
  return Float32Array.from(randomFeed([rows, columns], rows + columns).data);
}

/** Integers of which each block reaches 127, so that steps are 1. */
function whole(count: number, factor: number): Float64Array {
  return Float64Array.from({ length: count }, (_, place) => (place % 32 === 0 ? 127 : ((place * factor) % 255) - 127));
}

/** Below it float32 loses precision, and scales with it. */
const SMALLEST_NORMAL = 2 ** -126;

describe("quantiseRows()", () => {
  test("quantiseRows() is off by at most half a step of the block", () => {
    const element = fc.float({ noNaN: true, noDefaultInfinity: true, min: -100, max: 100 });
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 70 }), (row) => {
        const data = Float32Array.from(row);
        const { codes, scales } = quantiseRows(data, 1, data.length);
        data.forEach((value, place) => {
          const scale = scales[Math.floor(place / 32)] ?? NaN;
          const kept = ((codes[place] ?? NaN) - 128) * scale;
          expect(Math.abs(kept - value)).toBeLessThanOrEqual(scale * 0.5001 + SMALLEST_NORMAL);
        });
      }),
    );
  });

  test("quantiseRows() keeps a block of zeros, and fills the last block with zeros", () => {
    const { codes, scales } = quantiseRows(new Float32Array(40), 1, 40);
    expect(codes).toEqual(new Uint8Array(64).fill(128));
    expect(scales).toEqual(new Float32Array(2));
  });

  test("quantiseRows() refuses elements that are not finite and a wrong number of them", () => {
    expect(() => quantiseRows(Float32Array.of(1, Infinity), 1, 2)).toThrow("found Infinity in row 0");
    expect(() => quantiseRows(Float32Array.of(NaN), 1, 1)).toThrow("found NaN in row 0");
    expect(() => quantiseRows(new Float32Array(3), 2, 2)).toThrow("found 3 elements, wanted 2 x 2");
  });
});

describe("quantisedProduct()", () => {
  const cases = [
    { rows: 5, columns: 64 },
    { rows: 48, columns: 40 },
    { rows: 130, columns: 128 },
  ];

  test.each(cases)("quantisedProduct() of $columns columns is what the reference says, to 8 bits", async (size) => {
    const x = input("x", "float32", [3, size.columns]);
    const product = quantisedProduct(
      x,
      quantisedConstant(quantiseRows(matrix(size.rows, size.columns), size.rows, size.columns), "w"),
    );
    const feeds = { x: randomFeed([3, size.columns], 7) };
    const { y } = await runModel(onnxModel({ name: "test", inputs: [x], outputs: { y: product } }), feeds);
    const [wanted] = evaluate([product], feeds);
    // Activations lose half a step of 127 in each block: about 0.4 % of the greatest, less after summing.
    expect(relativeDistance(y!, wanted!)).toBeLessThan(0.02);
  });

  test("quantisedProduct() is exact where 8 bits hold the operands", async () => {
    const columns = 64;
    const x = input("x", "float32", [2, columns]);
    const rows = quantiseRows(Float32Array.from(whole(3 * columns, 37)), 3, columns);
    const product = quantisedProduct(x, quantisedConstant(rows, "w"));
    const feeds = { x: { type: "float32" as const, data: whole(2 * columns, 91), shape: [2, columns] } };
    const { y } = await runModel(onnxModel({ name: "test", inputs: [x], outputs: { y: product } }), feeds);
    expect(y?.data).toEqual(evaluate([product], feeds)[0]?.data);
  });

  test("quantisedProduct() gives a row the same bits whatever the other rows are", async () => {
    const x = input("x", "float32", [4, 96]);
    const product = quantisedProduct(x, quantisedConstant(quantiseRows(matrix(70, 96), 70, 96), "w"));
    const model = onnxModel({ name: "test", inputs: [x], outputs: { y: product } });
    const feed = randomFeed([4, 96], 1);
    const others = { ...feed, data: feed.data.map((value, place) => (place < 96 ? value : value * 900)) };
    const [one, two] = [await runModel(model, { x: feed }), await runModel(model, { x: others })];
    expect(two["y"]?.data.subarray(0, 70)).toEqual(one["y"]?.data.subarray(0, 70));
  });

  test("quantisedProduct() is refused where only standard operators may be used, and for other widths", () => {
    const weights = quantisedConstant(quantiseRows(matrix(2, 32), 2, 32), "w");
    const x = input("x", "float32", [1, 32]);
    const outputs = { y: quantisedProduct(x, weights) };
    expect(() => onnxModel({ name: "test", inputs: [x], outputs, dialect: "standard" })).toThrow("quantised product");
    expect(() => quantisedProduct(input("x", "float32", [1, 31]), weights)).toThrow("wanted 32 columns");
  });
});

test.each([40, 64])("quantisedGather() takes rows of %i columns as the codes say, exactly", async (columns) => {
  const ids = input("ids", "int32", [2, 2]);
  const rows = quantisedGather(quantisedConstant(quantiseRows(matrix(9, columns), 9, columns), "w"), ids);
  const feeds = { ids: integerFeed("int32", [8, 0, 3, 3], [2, 2]) };
  const { y } = await runModel(onnxModel({ name: "test", inputs: [ids], outputs: { y: rows } }), feeds);
  const wanted = evaluate([rows], feeds)[0];
  expect(y?.shape).toEqual([2, 2, columns]);
  expect(y?.data).toEqual(wanted?.data.map(Math.fround));
});
