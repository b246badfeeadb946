import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSafetensors, type SafetensorsTensor, writeSafetensors } from "./safetensors.ts";

const float32Tensor = fc.array(fc.nat({ max: 5 }), { maxLength: 3 }).map((shape): SafetensorsTensor => {
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float32Array.from({ length }, (_, i) => i / 7) };
});
const anyTensor = fc.oneof(
  float32Tensor,
  fc.uint8Array({ maxLength: 9 }).map((data) => ({ shape: [data.length], data })),
  fc.bigInt64Array({ maxLength: 3 }).map((data) => ({ shape: [data.length], data })),
);
const name = fc.oneof(fc.string(), fc.constant("__proto__")).filter((text) => text !== "__metadata__");
const files = fc.uniqueArray(fc.tuple(name, anyTensor), { selector: ([key]) => key, maxLength: 6 });

/** A file with the given header text and data. */
function fileOf(header: string, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

describe("writeSafetensors()", () => {
  test("writeSafetensors() gives what readSafetensors() reads back, for any tensors", () => {
    fc.assert(
      fc.property(files, (entries) => {
        const tensors = new Map(entries);
        const read = readSafetensors(writeSafetensors(tensors, { format: "pt" }));
        expect(read.metadata).toEqual({ format: "pt" });
        expect(new Map([...read.tensors].sort())).toEqual(new Map([...tensors].sort()));
      }),
    );
  });

  test("writeSafetensors() writes the same bytes whatever the order of the tensors", () => {
    fc.assert(
      fc.property(files, (entries) => {
        expect(writeSafetensors(new Map(entries.toReversed()))).toEqual(writeSafetensors(new Map(entries)));
      }),
    );
  });

  test("writeSafetensors() writes the format's bytes when given one small tensor", () => {
    const file = writeSafetensors(new Map([["a", { shape: [2], data: new Float32Array([1, 2]) }]]));
    expect(new DataView(file.buffer).getBigUint64(0, true)).toBe(56n);
    expect(new TextDecoder().decode(file.subarray(8, 64)).trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
    );
    expect([...file.subarray(64)]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
  });

  test("writeSafetensors() throws when a shape does not fit its data", () => {
    const tensors = new Map([["w", { shape: [3], data: new Float32Array(2) }]]);
    expect(() => writeSafetensors(tensors)).toThrow('writing tensor "w": shape [3] does not fit 2 elements');
  });
});

describe("readSafetensors()", () => {
  test.each([
    ["not JSON", "{", 0, "not JSON"],
    ["an array", "[]", 0, "not an object"],
    ["an unknown type", '{"a":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}}', 4, 'has "Q9"'],
    ["a negative size", '{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4, "non-negative"],
    ["a hole", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2, "begins at 1, wanted 0"],
    ["data past the end", '{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}', 2, "ends at"],
    ["trailing bytes", '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 3, "2 bytes after"],
    ["a size that lies", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4, "wanted 8 bytes"],
    ["metadata that is no text", '{"__metadata__":{"a":1}}', 0, "object of strings"],
  ])("readSafetensors() refuses a header with %s", (_what, header, dataBytes, message) => {
    expect(() => readSafetensors(fileOf(header, dataBytes))).toThrow(message);
  });

  test("readSafetensors() refuses a header longer than the file", () => {
    const file = new Uint8Array(16).fill(255);
    expect(() => readSafetensors(file)).toThrow("in a file of 16");
    expect(() => readSafetensors(file.subarray(0, 4))).toThrow("4 bytes");
  });

  test("readSafetensors() reads a file that lies at an odd address", () => {
    const file = writeSafetensors(new Map([["a", { shape: [1], data: new Float32Array([7]) }]]));
    const moved = new Uint8Array(file.length + 1).subarray(1);
    moved.set(file);
    expect(readSafetensors(moved).tensors.get("a")?.data).toEqual(new Float32Array([7]));
  });
});
