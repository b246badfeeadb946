/** Hashes the products that the presets' training steps are made of. Run as a program, it prints the hashes as JSON. */
import { createHash } from "node:crypto";
import type { Executor } from "../mod.ts";
import { onnxC } from "../adapters/onnx_c.ts";
import { product } from "./products.ts";

/** The presets' shapes: `small`, the demo's and `12m`, with the tokens of one leaf. */
const PRESETS: readonly { vocabulary: number; width: number; tokens: number }[] = [
  { vocabulary: 65, width: 128, tokens: 64 },
  { vocabulary: 2048, width: 128, tokens: 256 },
  { vocabulary: 4096, width: 384, tokens: 256 },
];

/** @returns SHA-256 of every product by its shape. */
export async function hashProducts(executor: Executor): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const { vocabulary, width, tokens } of PRESETS) {
    for (const [inner, columns] of [
      [width, 3 * width],
      [width, 4 * width],
      [4 * width, width],
      [width, vocabulary],
      [vocabulary, width],
    ] as const) {
      // Forward, gradient of the input, gradient of the weight.
      const shapes: [number, number, number][] = [
        [tokens, inner, columns],
        [tokens, columns, inner],
        [inner, tokens, columns],
      ];
      for (const shape of shapes) {
        const { model, feeds, result } = product(...shape);
        const session = await executor.createSession(model, { threads: 1 });
        const c = result();
        await session.run(feeds, { c });
        hashes[shape.join("x")] = createHash("sha256").update(c.data).digest("hex");
        await session.release();
      }
    }
  }
  return hashes;
}

if (import.meta.main) {
  const executor = onnxC();
  console.log(JSON.stringify(await hashProducts(executor)));
  await executor.close();
}
