/** A view of numbers in memory that a graph can read or write in place. */
export type TensorArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** Element types of graph inputs and outputs, named as ONNX names them. */
export type ElementType =
  | "float32"
  | "float64"
  | "float16"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool";

interface ElementFormat {
  /** Value of `TensorProto.DataType` in onnx.proto, which ONNX Runtime's C API shares. */
  readonly code: number;
  readonly array: {
    readonly name: string;
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): TensorArray;
  };
}

// float16 and bool have no array class of their own: their bytes travel in the unsigned array of the same width.
const FORMATS: Readonly<Record<ElementType, ElementFormat>> = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int8: { code: 3, array: Int8Array },
  uint16: { code: 4, array: Uint16Array },
  int16: { code: 5, array: Int16Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float16: { code: 10, array: Uint16Array },
  float64: { code: 11, array: Float64Array },
  uint32: { code: 12, array: Uint32Array },
  uint64: { code: 13, array: BigUint64Array },
};

/** Returns the code by which onnx.proto and ONNX Runtime know an element type. */
export function elementCode(type: ElementType): number {
  return FORMATS[type].code;
}

/** Returns the array class whose bytes hold elements of `type`. */
export function elementArray(type: ElementType): ElementFormat["array"] {
  return FORMATS[type].array;
}

/**
 * Returns the element type of a code.
 * @throws {TypeError} If no array class can hold it (strings, bfloat16, 4- and 8-bit floats).
 */
export function elementTypeOf(code: number): ElementType {
  for (const [type, format] of Object.entries(FORMATS) as [ElementType, ElementFormat][]) {
    if (format.code === code) return type;
  }
  throw new TypeError(`element type ${code} of onnx.proto has no array class; wanted one of ${Object.keys(FORMATS)}`);
}
