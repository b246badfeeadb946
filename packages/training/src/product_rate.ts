/** What a machine can do at best: plain matrix products, beside which the arithmetic of a training step is put. */
import type { Executor } from "@millrace/execution";
import { input, matmul, onnxModel } from "@millrace/tensor";

/** One product of `size` x `size` matrices at each of some places at once. */
export interface Products {
  /** Multiplications and additions of one run. */
  readonly operations: number;
  run(): Promise<void>;
  release(): Promise<void>;
}

/** Opens the products; their matrices stay where the executor computes. */
export async function openProducts(executor: Executor, size: number, places: number): Promise<Products> {
  const shape = [size, size] as const;
  const [a, b] = [input("a", "float32", shape), input("b", "float32", shape)];
  const model = onnxModel({ name: "product", inputs: [a, b], outputs: { c: matmul(a, b) }, dialect: executor.dialect });
  const session = await executor.createSession(model, { threads: 1 });
  const matrix = async () => executor.allocate("float32", shape);
  const matrices = await Promise.all(
    Array.from({ length: places }, async () => ({ a: await matrix(), b: await matrix(), c: await matrix() })),
  );
  const half = new Float32Array(size ** 2).fill(0.5);
  await Promise.all(matrices.flatMap((each) => [each.a.write(half), each.b.write(half)]));
  return {
    operations: places * 2 * size ** 3,
    run: async () =>
      void (await Promise.all(matrices.map((each) => session.run({ a: each.a, b: each.b }, { c: each.c })))),
    async release() {
      await session.release();
      await Promise.all(matrices.flatMap((each) => [each.a, each.b, each.c]).map((tensor) => tensor.release()));
    },
  };
}

/** Large enough on one thread; a card wants larger ones to be busy. */
const [SMALLEST, LARGEST] = [512, 4096];
/** Shorter runs measure the call more than the product. */
const SHORTEST_MS = 5;
const TIMES = 3;

/**
 * Measures how many multiplications and additions a second matrix products reach, the best of a few. Takes about a tenth of a second.
 * @param places Products at once: as many as leaves are computed at once.
 * @param now Milliseconds from any fixed origin.
 */
export async function productRate(executor: Executor, places: number, now: () => number): Promise<number> {
  for (let size = SMALLEST; ; size *= 2) {
    const products = await openProducts(executor, size, places);
    let leastMs = Infinity;
    try {
      // The first run makes room, and on a card compiles.
      await products.run();
      for (let time = 0; time < TIMES; time++) {
        const beganMs = now();
        await products.run();
        leastMs = Math.min(leastMs, now() - beganMs);
      }
    } finally {
      await products.release();
    }
    if (leastMs >= SHORTEST_MS || size === LARGEST) return (1000 * products.operations) / leastMs;
  }
}
