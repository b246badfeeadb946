/** One example of every operation, small enough for the reference; the tests of kernels and of gradients walk this table. */
import { constant, input, type Tensor } from "../graph.ts";
import {
  add,
  and,
  bitwiseXor,
  cast,
  div,
  erf,
  exactGelu,
  exp,
  gelu,
  greaterOrEqual,
  lessOrEqual,
  max,
  min,
  mul,
  relu,
  shiftRight,
  sigmoid,
  silu,
  sqrt,
  sub,
  tanh,
  where,
} from "../operations/elementwise.ts";
import { gather, range, scatterAdd } from "../operations/indexing.ts";
import { concat, expand, reshape, shapeOf, split, transpose } from "../operations/layout.ts";
import { gemm, matmul } from "../operations/matrix.ts";
import { crossEntropy, layerNormalization, rmsNormalization, softmax } from "../operations/normalization.ts";
import { reduceMean, reduceSum } from "../operations/reduction.ts";
import { integerFeed, randomFeed, type Feed } from "./run_model.ts";

/** An expression over inputs. */
export interface OperationCase {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly feeds: Readonly<Record<string, Feed>>;
  readonly output: Tensor;
}

type Build = (...inputs: readonly [Tensor, Tensor, Tensor]) => Tensor;

/** Operations that autodiff must handle. */
export function differentiableCases(): readonly OperationCase[] {
  const labels = constant(Int32Array.of(2, -1, 0), [3]);
  const longLabels = constant(BigInt64Array.of(2n, -1n, 0n), [3]);
  const repeated = constant(Int32Array.of(1, 3, 1, 1, 0, 3), [2, 3]);
  return [
    floats("add with broadcasting", [[2, 3], [3], [2, 1]], (a, b, c) => add(add(a, b), c)),
    floats(
      "sub with broadcasting",
      [
        [2, 3],
        [2, 1],
      ],
      (a, b) => sub(a, b),
    ),
    floats("mul with broadcasting", [[2, 3], [3]], (a, b) => mul(a, b)),
    floats(
      "div with broadcasting",
      [
        [2, 3],
        [2, 1],
      ],
      (a, b) => div(a, add(mul(b, b), constant(Float32Array.of(1), []))),
    ),
    floats("sqrt", [[4]], (a) => sqrt(add(mul(a, a), constant(Float32Array.of(0.5), [])))),
    floats("exp", [[4]], (a) => exp(a)),
    floats("tanh", [[4]], (a) => tanh(a)),
    floats("sigmoid", [[4]], (a) => sigmoid(a)),
    floats("exactGelu", [[5]], (a) => exactGelu(mul(a, constant(Float32Array.of(3), [])))),
    floats("relu", [[6]], (a) => relu(a)),
    floats("silu", [[4]], (a) => silu(a)),
    floats("gelu", [[9]], (a) => gelu(mul(a, constant(Float32Array.of(3), [])))),
    ...[false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) => {
        const a = transposeA ? [4, 3] : [3, 4];
        const b = transposeB ? [5, 4] : [4, 5];
        const options = { transposeA, transposeB, scale: 0.5 };
        const suffix = `${transposeA ? "A^T" : "A"} ${transposeB ? "B^T" : "B"}`;
        return [
          floats(`gemm ${suffix} + C`, [a, b, [5]], (x, y, c) => gemm(x, y, c, options)),
          floats(
            `matmul ${suffix} in batches`,
            [
              [2, 2, ...a],
              [2, 2, ...b],
            ],
            (x, y) => matmul(x, y, options),
          ),
        ];
      }),
    ),
    floats(
      "gemm without bias",
      [
        [3, 4],
        [4, 2],
      ],
      (a, b) => gemm(a, b),
    ),
    floats(
      "matmul of a batch with one matrix",
      [
        [2, 3, 4],
        [4, 5],
      ],
      (a, b) => matmul(a, b),
    ),
    floats("transpose", [[2, 3, 4]], (a) => transpose(a, [2, 0, 1])),
    floats("reshape", [[2, 6]], (a) => reshape(a, [3, 4])),
    floats("expand", [[2, 1]], (a) => expand(a, [3, 2, 4])),
    floats("split, one part unused", [[2, 6]], (a) => {
      const [left = a, , right = a] = split(a, 1, [2, 2, 2]);
      return mul(left, right);
    }),
    floats(
      "concat",
      [
        [2, 3, 2],
        [2, 1, 2],
        [2, 2, 2],
      ],
      (a, b, c) => concat([a, b, c], 1),
    ),
    floats("gather with repeated rows", [[5, 4]], (a) => gather(a, repeated)),
    floats("reduceSum", [[2, 3, 4]], (a) => reduceSum(a, [0, 2])),
    floats("reduceSum of a matrix", [[3, 4]], (a) => reduceSum(a, [0, 1])),
    floats("reduceMean", [[2, 3, 4]], (a) => reduceMean(a, [-1])),
    floats("softmax", [[2, 5]], (a) => softmax(a)),
    floats("layerNormalization", [[3, 8], [8], [8]], (x, gamma, beta) => layerNormalization(x, gamma, beta)),
    floats("layerNormalization of a batch", [[2, 3, 8], [8], [8]], (x, gamma, beta) =>
      layerNormalization(x, gamma, beta),
    ),
    floats("rmsNormalization", [[3, 8], [8]], (x, gamma) => rmsNormalization(x, gamma, 1e-6)),
    floats("rmsNormalization of a batch", [[2, 3, 8], [8]], (x, gamma) => rmsNormalization(x, gamma, 1e-3)),
    floats("crossEntropy with an ignored label", [[3, 5]], (logits) => crossEntropy(logits, labels)),
    floats("crossEntropy with int64 labels", [[3, 5]], (logits) => crossEntropy(logits, longLabels)),
    floats("a value used twice", [[3, 3]], (a) => mul(matmul(a, a), a)),
  ];
}

/** Operations that only models without gradients use. */
export function otherCases(): readonly OperationCase[] {
  const places = constant(Int32Array.of(1, 0, 1, 1), [2, 2]);
  const zero = constant(BigInt64Array.of(0n), []);
  const integers = { x: integerFeed("int64", [3, -1, 4, 1], [4]) };
  const x = input("x", "int64", [4]);
  const flags = input("x", "int64", ["n"]);
  const bits = cast(cast(x, "int32"), "uint32");
  return [
    floats("erf", [[5]], (a) => erf(mul(a, constant(Float32Array.of(3), [])))),
    floats("max", [[2, 3], [3]], (a, b) => max(a, b)),
    floats("min", [[2, 3], [3]], (a, b) => min(a, b)),
    floats(
      "scatterAdd",
      [
        [3, 2],
        [2, 2],
      ],
      (a, b) => scatterAdd(a, places, b, 0),
    ),
    floats("where, and, comparisons", [[2, 3], [3]], (a, b) =>
      where(and(lessOrEqual(a, b), greaterOrEqual(b, a)), a, b),
    ),
    {
      name: "32-bit integers that wrap, and their bits",
      inputs: [x],
      feeds: integers,
      output: cast(cast(shiftRight(bitwiseXor(bits, cast(spread(bits), "uint32")), 9), "int32"), "float32"),
    },
    { name: "bitwiseXor of signed integers", inputs: [x], feeds: integers, output: cast(spread(bits), "float32") },
    { name: "cast", inputs: [x], feeds: integers, output: cast(x, "float32") },
    {
      name: "range up to a run-time extent",
      inputs: [flags],
      feeds: integers,
      output: cast(range(zero, reshape(shapeOf(flags, 0, 1), []), "n"), "float32"),
    },
  ];
}

/** Products and sums of 32 bits that leave their range. */
function spread(bits: Tensor): Tensor {
  const large = constant(Int32Array.of(0x7feb352d, 0x7fffffff, -0x80000000, 40503), [4]);
  const signed = cast(bits, "int32");
  return bitwiseXor(mul(signed, large), add(signed, large));
}

function floats(name: string, shapes: readonly (readonly number[])[], expression: Build): OperationCase {
  const inputs = shapes.map((shape, index) => input(`input${index}`, "float32", shape));
  const [a, b = a, c = b] = inputs;
  if (a === undefined || b === undefined || c === undefined) throw new RangeError(`${name}: wanted an input`);
  const feeds = Object.fromEntries(
    shapes.map((shape, index) => [`input${index}`, randomFeed(shape, index + name.length)]),
  );
  return { name, inputs, feeds, output: expression(a, b, c) };
}
