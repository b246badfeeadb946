import fc from "fast-check";
import { expect, test } from "vitest";
import { copyFloats } from "./float_bytes.ts";

/** Bytes at an odd place, as tensors of a file may lie. */
function shifted(array: { readonly buffer: ArrayBufferLike }): Uint8Array {
  const bytes = new Uint8Array(array.buffer);
  const larger = new Uint8Array(bytes.length + 1);
  larger.set(bytes, 1);
  return larger.subarray(1);
}

test("copyFloats() widens every bfloat16 and float16, infinities and not-a-numbers among them", () => {
  const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
  const into = new Float32Array(65536);
  copyFloats(shifted(codes), "BF16", into);
  expect(new Uint32Array(into.buffer).every((bits, code) => bits === code * 65536 || Number.isNaN(into[code]))).toBe(
    true,
  );
  expect(into[0x3f80]).toBe(1);
  expect(into[0x7f80]).toBe(Infinity);
  expect(into[0x7fc0]).toBeNaN();
  copyFloats(shifted(codes), "F16", into);
  expect([0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00].map((code) => into[code])).toEqual([
    1,
    -2,
    2 ** -24,
    65504,
    Infinity,
  ]);
  expect(into[0x7e00]).toBeNaN();
});

test("copyFloats() copies float32 as it is and rounds float64", () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { minLength: 1 }), (values) => {
      const into = new Float32Array(values.length);
      copyFloats(shifted(Float64Array.from(values)), "F64", into);
      expect(into).toEqual(Float32Array.from(values));
      const again = new Float32Array(values.length);
      copyFloats(shifted(into), "F32", again);
      expect(again).toEqual(into);
    }),
  );
});
