/** What each operation means, element by element in float64. Slow and obvious on purpose: the fast kernels are checked against it. */
import { floatOf, intOf, intsOf, stringOf } from "../attributes.ts";
import type { Attributes, DataType, OperationName } from "../graph.ts";
import { productOptions } from "../operations/matrix.ts";
import { broadcastShapes } from "../shape.ts";
import { causalAttention } from "./attention.ts";
import { at, build, flatIndex, read, type ReferenceArray } from "./array.ts";

/** Computes the outputs of one operation. */
export type ReferenceKernel = (
  inputs: readonly ReferenceArray[],
  attributes: Attributes,
  /** Type of the first output: integers of 32 bits wrap. */
  type: DataType,
) => readonly ReferenceArray[];

const sqrtTwoOverPi = Math.sqrt(2 / Math.PI);

/** One kernel for every operation there is. */
export const REFERENCE_KERNELS: Readonly<Record<OperationName, ReferenceKernel>> = {
  Add: (inputs, attributes, type) =>
    elementwise(type === "int32" ? (a, b) => (a + b) | 0 : (a, b) => a + b)(inputs, attributes, type),
  Sub: elementwise((a, b) => a - b),
  Mul: (inputs, attributes, type) =>
    elementwise(type === "int32" ? Math.imul : (a, b) => a * b)(inputs, attributes, type),
  Div: (inputs, attributes, type) =>
    elementwise(type.startsWith("float") ? (a, b) => a / b : (a, b) => Math.trunc(a / b))(inputs, attributes, type),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Sqrt: elementwise(Math.sqrt),
  Exp: elementwise(Math.exp),
  Tanh: elementwise(Math.tanh),
  Sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
  Gelu: (inputs, attributes, type) =>
    elementwise(
      stringOf(attributes, "approximate") === "none"
        ? (x) => 0.5 * x * (1 + errorFunction(x * Math.SQRT1_2))
        : (x) => 0.5 * x * (1 + Math.tanh(sqrtTwoOverPi * (x + 0.044715 * x ** 3))),
    )(inputs, attributes, type),
  Erf: elementwise(errorFunction),
  Relu: elementwise((x) => Math.max(x, 0)),
  And: elementwise((a, b) => a * b),
  BitShift: elementwise((a, b) => a >>> b),
  BitwiseXor: (inputs, attributes, type) =>
    elementwise(type === "int32" ? (a, b) => a ^ b : (a, b) => (a ^ b) >>> 0)(inputs, attributes, type),
  GreaterOrEqual: elementwise((a, b) => Number(a >= b)),
  LessOrEqual: elementwise((a, b) => Number(a <= b)),
  Where: elementwise((condition, a, b) => (condition === 0 ? b : a)),
  Cast: ([x], attributes, type) => {
    if (type === "float32") return [operand(x)];
    if (type === "float16") return elementwise(Math.f16round)([operand(x)], attributes, type);
    const wrapped = type === "int32" ? (value: number) => value | 0 : Math.trunc;
    return elementwise(type === "uint32" ? (value) => value >>> 0 : wrapped)([operand(x)], attributes, type);
  },

  MatMul: ([a, b], attributes) => [product(operand(a), operand(b), attributes)],
  Gemm: ([a, b, c], attributes) => {
    const y = product(operand(a), operand(b), attributes);
    return [c === undefined ? y : build(y.shape, (place) => read(y, place) + read(c, place))];
  },
  // Activations stay exact here; ONNX Runtime rounds them to 8 bits, block by block.
  MatMulNBits: ([x, codes, scales], attributes) => {
    const size = intOf(attributes, "block_size");
    const weight = (row: number, column: number): number => {
      const block = Math.floor(column / size);
      return (read(operand(codes), [row, block, column % size]) - 128) * read(operand(scales), [row, block]);
    };
    return [
      build([...operand(x).shape.slice(0, -1), intOf(attributes, "N")], (place) => {
        const row = at(place, place.length - 1);
        let total = 0;
        for (let column = 0; column < intOf(attributes, "K"); column++) {
          total += read(operand(x), [...place.slice(0, -1), column]) * weight(row, column);
        }
        return total;
      }),
    ];
  },

  Reshape: ([x, extents]) => {
    const { data, shape } = operand(x);
    const copied = Array.from(operand(extents).data, (extent, axis) => (extent === 0 ? at(shape, axis) : extent));
    const known = copied.reduce((count, extent) => (extent === -1 ? count : count * extent), 1);
    return [{ data, shape: copied.map((extent) => (extent === -1 ? data.length / known : extent)) }];
  },
  Transpose: ([x], attributes) => {
    const permutation = intsOf(attributes, "perm");
    const shape = permutation.map((axis) => at(operand(x).shape, axis));
    return [
      build(shape, (place) =>
        read(
          operand(x),
          place.map((_, axis) => at(place, permutation.indexOf(axis))),
        ),
      ),
    ];
  },
  Split: ([x, sizes], attributes) => {
    const axis = intOf(attributes, "axis");
    let start = 0;
    return Array.from(operand(sizes).data, (size) => {
      const from = start;
      start += size;
      const shape = operand(x).shape.with(axis, size);
      return build(shape, (place) => read(operand(x), place.with(axis, at(place, axis) + from)));
    });
  },
  Concat: (parts, attributes) => {
    const axis = intOf(attributes, "axis");
    const places = parts.flatMap((part) =>
      Array.from({ length: at(part.shape, axis) }, (_, index) => ({ part, index })),
    );
    return [
      build(operand(parts[0]).shape.with(axis, places.length), (place) => {
        const source = places[at(place, axis)];
        return read(operand(source?.part), place.with(axis, source?.index ?? 0));
      }),
    ];
  },
  Slice: ([x, start, end, axis]) => {
    const [from, to, along] = [start, end, axis].map((one) => at(operand(one).data, 0)) as [number, number, number];
    return [
      build(operand(x).shape.with(along, to - from), (place) =>
        read(operand(x), place.with(along, at(place, along) + from)),
      ),
    ];
  },
  CausalAttention: ([joint], attributes) => causalAttention(operand(joint), attributes),
  Expand: ([x, extents]) => {
    const shape = broadcastShapes(operand(x).shape, Array.from(operand(extents).data), "Expand") as readonly number[];
    return [build(shape, (place) => read(operand(x), place))];
  },
  Shape: ([x], attributes) => {
    const extents = operand(x).shape.slice(intOf(attributes, "start"), intOf(attributes, "end"));
    return [{ data: Float64Array.from(extents), shape: [extents.length] }];
  },
  Range: ([start, limit]) => {
    const from = at(operand(start).data, 0);
    return [build([at(operand(limit).data, 0) - from], ([index = 0]) => from + index)];
  },

  Gather: ([table, indices]) => {
    const rank = operand(indices).shape.length;
    return [
      build([...operand(indices).shape, ...operand(table).shape.slice(1)], (place) =>
        read(operand(table), [read(operand(indices), place.slice(0, rank)), ...place.slice(rank)]),
      ),
    ];
  },
  ScatterElements: ([x, indices, updates], attributes) => {
    const axis = intOf(attributes, "axis");
    const result = { data: operand(x).data.slice(), shape: operand(x).shape };
    build(operand(updates).shape, (place) => {
      const target = flatIndex(result.shape, place.with(axis, read(operand(indices), place)));
      return (result.data[target] = at(result.data, target) + read(operand(updates), place));
    });
    return [result];
  },

  ReduceSum: ([x, axes], attributes) => {
    const reduced = Array.from(operand(axes).data);
    const { data, shape } = sum(operand(x), reduced);
    return [
      { data, shape: intOf(attributes, "keepdims") === 1 ? shape : shape.filter((_, axis) => !reduced.includes(axis)) },
    ];
  },
  ReduceMean: ([x, axes]) => [mean(operand(x), Array.from(operand(axes).data))],
  Softmax: ([x]) => [logSoftmax(operand(x))].map(({ data, shape }) => ({ data: data.map(Math.exp), shape })),
  LayerNormalization: ([x, scale, bias], attributes) => {
    const { shape } = operand(x);
    const average = mean(operand(x), [shape.length - 1]);
    const centred = build(shape, (place) => read(operand(x), place) - read(average, place));
    const variance = mean(
      build(shape, (place) => read(centred, place) ** 2),
      [shape.length - 1],
    );
    const inverse = build(
      variance.shape,
      (place) => 1 / Math.sqrt(read(variance, place) + floatOf(attributes, "epsilon")),
    );
    const result = build(
      shape,
      (place) => read(centred, place) * read(inverse, place) * read(operand(scale), place) + read(operand(bias), place),
    );
    return [result, average, inverse];
  },
  RMSNormalization: ([x, scale], attributes) => {
    const { shape } = operand(x);
    const squares = mean(
      build(shape, (place) => read(operand(x), place) ** 2),
      [shape.length - 1],
    );
    const inverse = build(
      squares.shape,
      (place) => 1 / Math.sqrt(read(squares, place) + floatOf(attributes, "epsilon")),
    );
    const result = build(
      shape,
      (place) => read(operand(x), place) * read(inverse, place) * read(operand(scale), place),
    );
    return [result, inverse];
  },
  SoftmaxCrossEntropyLoss: ([logits, labels]) => {
    const logProbabilities = logSoftmax(operand(logits));
    const loss = build(operand(labels).shape, ([row = 0]) => {
      const label = at(operand(labels).data, row);
      return label === -1 ? 0 : -read(logProbabilities, [row, label]);
    });
    return [loss, logProbabilities];
  },
};

function elementwise(compute: (...values: number[]) => number): ReferenceKernel {
  return (inputs) => {
    const shape = inputs.reduce<readonly number[]>(
      (joint, { shape: own }) => broadcastShapes(joint, own, "reference") as readonly number[],
      [],
    );
    return [build(shape, (place) => compute(...inputs.map((input) => read(input, place))))];
  };
}

/** Series of positive terms, 2 / sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!, which converges everywhere. */
function errorFunction(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

function product(a: ReferenceArray, b: ReferenceArray, attributes: Attributes): ReferenceArray {
  const { transposeA, transposeB, scale } = productOptions(attributes);
  const rows = at(a.shape, a.shape.length - (transposeA ? 1 : 2));
  const inner = at(a.shape, a.shape.length - (transposeA ? 2 : 1));
  const columns = at(b.shape, b.shape.length - (transposeB ? 2 : 1));
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), "reference") as readonly number[];
  return build([...batch, rows, columns], (place) => {
    const [row = 0, column = 0] = place.slice(-2);
    const lead = place.slice(0, -2);
    let total = 0;
    for (let k = 0; k < inner; k++) {
      const left = read(a, transposeA ? [...lead, k, row] : [...lead, row, k]);
      total += left * read(b, transposeB ? [...lead, column, k] : [...lead, k, column]);
    }
    return scale * total;
  });
}

function sum(x: ReferenceArray, axes: readonly number[]): ReferenceArray {
  const reduced = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const result = build(reduced, () => 0);
  build(x.shape, (place) => {
    const target = flatIndex(reduced, place);
    return (result.data[target] = at(result.data, target) + read(x, place));
  });
  return result;
}

function mean(x: ReferenceArray, axes: readonly number[]): ReferenceArray {
  const total = sum(x, axes);
  return { data: total.data.map((value) => (value * total.data.length) / x.data.length), shape: total.shape };
}

function logSoftmax(x: ReferenceArray): ReferenceArray {
  const width = at(x.shape, x.shape.length - 1);
  const data = new Float64Array(x.data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const top = row.reduce((greatest, value) => Math.max(greatest, value), -Infinity);
    const logSum = top + Math.log(row.reduce((total, value) => total + Math.exp(value - top), 0));
    data.set(
      row.map((value) => value - logSum),
      start,
    );
  }
  return { data, shape: x.shape };
}

function operand(array: ReferenceArray | undefined): ReferenceArray {
  if (array === undefined) throw new TypeError("reference: an operand is missing");
  return array;
}
