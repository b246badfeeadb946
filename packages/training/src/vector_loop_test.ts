import { createVectorMemory } from "@millrace/collective";
import { onnxC } from "@millrace/execution/onnx_c";
import { add, div, mul, scalar, sqrt, sub } from "@millrace/tensor";
import { afterAll, expect, test } from "vitest";
import { elementwiseModel, type ElementwiseUpdate, outputOf, type Range } from "./elementwise.ts";
import { openVectorLoop } from "./vector_loop.ts";

const executor = onnxC();
afterAll(() => executor.close());

/** Of AdamW's kind, with all five operations. */
const UPDATE: ElementwiseUpdate<"p" | "m" | "v" | "g", "scale" | "rate" | "guard"> = {
  name: "adamw_like",
  vectors: ["p", "m", "v", "g"],
  factors: ["scale", "rate", "guard"],
  update({ p, m, v, g, scale, rate, guard }) {
    const h = mul(g, scale);
    const [mean, square] = [add(mul(m, scalar(0.9)), mul(h, scalar(0.3))), add(mul(v, scalar(0.99)), mul(h, h))];
    return { p: sub(p, mul(div(mean, add(sqrt(square), guard)), rate)), m: mean, v: square };
  },
};
const FACTORS = { scale: 0.7, rate: 0.01, guard: 1e-8 };

/** Numbers of all sizes: ordinary ones, those whose squares are subnormal, subnormal ones, zeros of both signs. */
function values(length: number, shift: number): Float32Array {
  return Float32Array.from(
    { length },
    (_, i) => Math.sin(7 * i + shift) * [1, 1e-21, 1e-41, 0, 1e15][(i + shift) % 5]!,
  );
}

const view = (data: Float32Array) => ({ data, shape: [data.length] });

const vectorsOf = (length: number) => ({
  p: values(length, 1),
  m: values(length, 2),
  v: values(length, 3).map(Math.abs),
  g: values(length, 4),
});

async function updated(length: number, place: (values: Float32Array) => Float32Array): Promise<Uint8Array[]> {
  const { p, m, v, g } = vectorsOf(length);
  const vectors = { p: place(p), m: place(m), v: place(v), g: place(g) };
  const loop = openVectorLoop(memory, UPDATE, [[0, length]]);
  await loop.run(vectors, FACTORS);
  return bytesOf([vectors.p, vectors.m, vectors.v, vectors.g]);
}

const memory = createVectorMemory();
const bytesOf = (vectors: readonly Float32Array[]): Uint8Array[] =>
  vectors.map((each) => new Uint8Array(each.slice().buffer));
const taken = (from: Float32Array): Float32Array => {
  const vector = memory.take(from.length);
  vector.set(from);
  return vector;
};

test.each([1, 16, 4096, 10_007])(
  "openVectorLoop() gives the bits of ONNX Runtime for %i elements, wherever they lie",
  async (length) => {
    const { p, m, v, g } = vectorsOf(length);
    const { model, changing } = elementwiseModel(UPDATE, executor.dialect);
    const session = await executor.createSession(model, { threads: 1 });
    const feeds = { p: view(p), m: view(m), v: view(v), g: view(g) };
    const factors = Object.fromEntries(
      Object.entries(FACTORS).map(([name, value]) => [name, view(Float32Array.of(value))]),
    );
    await session.run(
      { ...feeds, ...factors },
      Object.fromEntries(changing.map((name) => [outputOf(name), feeds[name]])),
    );
    const wanted = bytesOf([p, m, v, g]);
    expect(await updated(length, taken)).toEqual(wanted);
    expect(await updated(length, (from) => from)).toEqual(wanted);
    let count = 0;
    expect(await updated(length, (from) => (count++ % 2 === 0 ? from : taken(from)))).toEqual(wanted);
  },
);

test("openVectorLoop() changes the elements of its ranges and no others", async () => {
  const [x, before] = [memory.take(200), memory.take(200)];
  before.set(x.fill(1));
  const update: ElementwiseUpdate<"x", never> = {
    name: "double",
    vectors: ["x"],
    factors: [],
    update: ({ x }) => ({ x: add(x, x) }),
  };
  const ranges: Range[] = [
    [3, 40],
    [64, 80],
    [199, 200],
  ];
  const loop = openVectorLoop(memory, update, ranges);
  await loop.run({ x }, {});
  expect([...x]).toEqual(
    Array.from({ length: 200 }, (_, i) => (ranges.some(([start, end]) => i >= start && i < end) ? 2 : 1)),
  );
});
