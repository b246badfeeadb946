/** Matrix products. Both forms take transposes, so gradients need no transposed copies. */
import { operation, type Attributes, type Tensor } from "../graph.ts";
import { broadcastShapes, formatShape, type Dimension } from "../shape.ts";

/** How the operands of a product are read. */
export interface ProductOptions {
  /** Reads the last two axes of the left operand swapped; default false. */
  readonly transposeA?: boolean;
  /** Reads the last two axes of the right operand swapped; default false. */
  readonly transposeB?: boolean;
  /** Factor on the product; default 1. */
  readonly scale?: number;
}

/**
 * scale * a * b over the last two axes; axes before them broadcast.
 * @param a Shape (..., M, K), or (..., K, M) when transposed.
 * @param b Shape (..., K, N), or (..., N, K) when transposed.
 * @returns Shape (..., M, N).
 * @throws {RangeError} If an operand has fewer than two axes or the K extents differ.
 */
export function matmul(a: Tensor, b: Tensor, options: ProductOptions = {}): Tensor {
  const [rows, columns] = productExtents("MatMul", a, b, options);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), "MatMul");
  const attributes = productAttributes(options);
  return operation("MatMul", [a, b], { type: a.type, shape: [...batch, rows, columns] }, attributes);
}

/**
 * scale * a * b + bias for matrices.
 * @param a Shape (M, K), or (K, M) when transposed.
 * @param b Shape (K, N), or (N, K) when transposed.
 * @param bias Broadcast to (M, N); none by default.
 * @throws {RangeError} If an operand is not a matrix, or extents do not fit.
 */
export function gemm(a: Tensor, b: Tensor, bias?: Tensor, options: ProductOptions = {}): Tensor {
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw new RangeError(`Gemm: found ${formatShape(a.shape)} and ${formatShape(b.shape)}, wanted two matrices`);
  }
  const shape = productExtents("Gemm", a, b, options);
  if (bias !== undefined) broadcastShapes(shape, bias.shape, "Gemm");
  const inputs = bias === undefined ? [a, b] : [a, b, bias];
  return operation("Gemm", inputs, { type: a.type, shape }, productAttributes(options));
}

/** Reads the options of a `MatMul` or `Gemm` back from its attributes. */
export function productOptions(attributes: Attributes): Required<ProductOptions> {
  const { transA, transB, alpha } = attributes;
  return {
    transposeA: transA !== undefined,
    transposeB: transB !== undefined,
    scale: alpha !== undefined && "float" in alpha ? alpha.float : 1,
  };
}

function productAttributes({ transposeA, transposeB, scale }: ProductOptions): Attributes {
  return {
    ...(transposeA === true ? { transA: { int: 1 } } : {}),
    ...(transposeB === true ? { transB: { int: 1 } } : {}),
    ...(scale !== undefined && scale !== 1 ? { alpha: { float: scale } } : {}),
  };
}

function productExtents(op: string, a: Tensor, b: Tensor, options: ProductOptions): [Dimension, Dimension] {
  const [rows, left] = lastTwo(op, a, options.transposeA === true);
  const [right, columns] = lastTwo(op, b, options.transposeB === true);
  if (left === right) return [rows, columns];
  throw new RangeError(
    `${op}: inner extents differ, found ${left} and ${right} in ${formatShape(a.shape)} and ${formatShape(b.shape)}`,
  );
}

function lastTwo(op: string, x: Tensor, transposed: boolean): [Dimension, Dimension] {
  const [row, column] = x.shape.slice(-2);
  if (row === undefined || column === undefined) {
    throw new RangeError(`${op}: found ${formatShape(x.shape)}, wanted at least two axes`);
  }
  return transposed ? [column, row] : [row, column];
}
