/**
 * Matrices kept in 8 bits: each row is cut into blocks, and each block has its own scale. Weight-only in what is stored; ONNX Runtime
 * rounds the other operand to 8 bits too, block by block and row by row, so a row's result never depends on the rows beside it. (Its
 * DynamicQuantizeMatMul takes one scale for all rows, so what one request gets would depend on the others in the batch.)
 * @see ONNX Runtime, docs/ContribOperators.md, com.microsoft.MatMulNBits.
 */
import { constant, first, operation, scalar, type Tensor } from "../graph.ts";
import { formatShape } from "../shape.ts";
import { cast, mul, sub } from "./elementwise.ts";
import { gather } from "./indexing.ts";
import { reshape, split } from "./layout.ts";

/** Elements of a row that share a scale. 32 costs one bit an element for scales and keeps outliers to themselves. */
const BLOCK = 32;
/** Code of zero. */
const ZERO = 128;
/** Greatest distance of a code from zero: -128 is left out, so that codes are symmetric. */
const REACH = 127;
/** ONNX Runtime's name for 8-bit activations; the other levels compute in float32, some fifty times slower. */
const INT8_ACTIVATIONS = 4;

/** A matrix of N rows and K columns: element (n, k) is (code - 128) * scale of its block. */
export interface QuantisedRows {
  readonly rows: number;
  readonly columns: number;
  /** Shape (N, ceil(K / 32), 32); the last block is filled up with zeros. */
  readonly codes: Uint8Array;
  /** Shape (N, ceil(K / 32)). */
  readonly scales: Float32Array;
}

/**
 * Rounds a matrix to 8 bits: the nearest code, halves upwards, under the scale that maps a block's greatest magnitude to 127.
 * @param data Row-major, shape (N, K); finite.
 * @throws {RangeError} If the data does not have N K elements, or one is not finite.
 */
export function quantiseRows(data: Float32Array, rows: number, columns: number): QuantisedRows {
  if (data.length !== rows * columns) {
    throw new RangeError(`quantising a matrix: found ${data.length} elements, wanted ${rows} x ${columns}`);
  }
  const blocks = Math.ceil(columns / BLOCK);
  const codes = new Uint8Array(rows * blocks * BLOCK).fill(ZERO);
  const scales = new Float32Array(rows * blocks);
  for (let block = 0; block < rows * blocks; block++) {
    const row = Math.floor(block / blocks);
    const first = row * columns + (block % blocks) * BLOCK;
    const last = Math.min(first + BLOCK, (row + 1) * columns);
    let greatest = 0;
    for (let place = first; place < last; place++) greatest = Math.max(greatest, Math.abs(data[place]!));
    if (!Number.isFinite(greatest)) {
      throw new RangeError(`quantising a matrix: found ${greatest} in row ${row}, wanted finite elements`);
    }
    const scale = Math.fround(greatest / REACH);
    scales[block] = scale;
    if (scale === 0) continue;
    for (let place = first; place < last; place++) {
      const code = Math.round(data[place]! / scale);
      codes[block * BLOCK + place - first] = ZERO + Math.max(-REACH, Math.min(REACH, code));
    }
  }
  return { rows, columns, codes, scales };
}

/** A matrix in a graph: its two initializers, made once however often it is used. */
export interface QuantisedMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly codes: Tensor;
  readonly scales: Tensor;
}

/** Puts a matrix into a graph, as the initializers `<name>.codes` and `<name>.scales`. */
export function quantisedConstant({ rows, columns, codes, scales }: QuantisedRows, name: string): QuantisedMatrix {
  const blocks = Math.ceil(columns / BLOCK);
  return {
    rows,
    columns,
    codes: constant(codes, [rows, blocks, BLOCK], `${name}.codes`),
    scales: constant(scales, [rows, blocks], `${name}.scales`),
  };
}

/**
 * x times the transpose of a matrix.
 * @param x Shape (..., K), float32.
 * @returns Shape (..., N).
 * @throws {RangeError} If x does not have K columns.
 */
export function quantisedProduct(x: Tensor, { rows, columns, codes, scales }: QuantisedMatrix): Tensor {
  if (x.shape.at(-1) !== columns) {
    throw new RangeError(`MatMulNBits: found ${formatShape(x.shape)}, wanted ${columns} columns`);
  }
  const attributes = {
    K: { int: columns },
    N: { int: rows },
    bits: { int: 8 },
    block_size: { int: BLOCK },
    accuracy_level: { int: INT8_ACTIVATIONS },
  };
  const result = { type: "float32", shape: [...x.shape.slice(0, -1), rows] } as const;
  return operation("MatMulNBits", [x, codes, scales], result, attributes);
}

/**
 * Takes the rows of a matrix that `indices` names, as float32.
 * @param indices Integers in [0, N), any shape (...I).
 * @returns Shape (...I, K).
 */
export function quantisedGather({ columns, codes, scales }: QuantisedMatrix, indices: Tensor): Tensor {
  const blocks = Math.ceil(columns / BLOCK);
  const centred = sub(cast(gather(codes, indices), "float32"), scalar(ZERO));
  const blockScales = reshape(gather(scales, indices), [...indices.shape, blocks, 1]);
  const rows = reshape(mul(centred, blockScales), [...indices.shape, blocks * BLOCK]);
  const filling = blocks * BLOCK - columns;
  return filling === 0 ? rows : first(split(rows, -1, [columns, filling]));
}
