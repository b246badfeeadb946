/** Hashes one leaf of each preset's first step. Run as a program, it prints the hashes as JSON. */
import { createHash } from "node:crypto";
import type { Executor } from "@millrace/execution";
import { onnxC } from "@millrace/execution/onnx_c";
import type { ModelConfig } from "@millrace/transformer";
import { createReplica } from "../mod.ts";
import { tinyOptions } from "./tiny_run.ts";

const PRESETS: Readonly<Record<string, { readonly config: ModelConfig; readonly leafBatch: number }>> = {
  small: {
    config: { architecture: "gpt2", vocabularySize: 65, contextLength: 64, layers: 4, heads: 4, width: 128 },
    leafBatch: 6,
  },
  demo: {
    config: { architecture: "gpt2", vocabularySize: 2048, contextLength: 128, layers: 4, heads: 4, width: 128 },
    leafBatch: 2,
  },
  "12m": {
    config: { architecture: "gpt2", vocabularySize: 4096, contextLength: 256, layers: 6, heads: 6, width: 384 },
    leafBatch: 1,
  },
};

/**
 * Computes and hashes the leaves.
 * @param atOnce How many times each leaf is computed at the same time; all results must be the same bytes.
 * @returns SHA-256 by preset.
 * @throws {Error} If two computations of one leaf differ.
 */
export async function hashLeaves(executor: Executor, atOnce: number): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [name, { config, leafBatch }] of Object.entries(PRESETS)) {
    const tokens = Uint16Array.from(
      { length: 5000 },
      (_, i) => (Math.imul(i, 0x9e3779b1) >>> 8) % config.vocabularySize,
    );
    const replica = await createReplica({
      ...tinyOptions(executor, { leafBatch }),
      config,
      tokens,
      validation: { tokens: tokens.subarray(0, 0), endOfText: 0 },
      concurrency: atOnce,
    });
    const vectors = Array.from({ length: atOnce }, () => new Float32Array(replica.vectorFloats));
    await Promise.all(vectors.map((vector) => replica.computeLeaf(0, 0, vector)));
    await replica.close();
    const found = new Set(vectors.map((vector) => createHash("sha256").update(vector).digest("hex")));
    if (found.size !== 1)
      throw new Error(`preset ${name}: ${atOnce} computations of one leaf gave ${found.size} results`);
    hashes[name] = [...found].join();
  }
  return hashes;
}

if (import.meta.main) {
  const executor = onnxC();
  console.log(JSON.stringify(await hashLeaves(executor, 1)));
  await executor.close();
}
