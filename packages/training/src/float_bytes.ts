/** Little-endian floats of several widths, brought to float32. */

/** Types that a weight may be stored in, by the name that safetensors has for it. */
export const FLOAT_TYPES = ["F32", "F16", "BF16", "F64"] as const;
export type FloatType = (typeof FLOAT_TYPES)[number];

/**
 * Reads floats. 16 bits are widened exactly, 64 are rounded.
 * @param bytes Need not be aligned.
 * @param into Overwritten; as many elements as the bytes hold.
 */
export function copyFloats(bytes: Uint8Array, type: FloatType, into: Float32Array): void {
  // Not slice(): that of a Buffer is a view.
  const { buffer } = new Uint8Array(bytes);
  if (type === "F32") into.set(new Float32Array(buffer));
  else if (type === "F16") into.set(new Float16Array(buffer));
  else if (type === "F64") into.set(new Float64Array(buffer));
  else copyBrainFloats(new Uint16Array(buffer), into);
}

/** bfloat16 is the upper half of a float32. */
function copyBrainFloats(halves: Uint16Array, into: Float32Array): void {
  const bits = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let index = 0; index < halves.length; index++) bits[index] = (halves[index] ?? 0) << 16;
}
