import type { Span } from "@millrace/collective";
import { onnxC } from "@millrace/execution/onnx_c";
import { onnxNode } from "@millrace/execution/onnx_node";
import { initialParameters, type ModelConfig } from "@millrace/transformer";
import { afterAll, describe, expect, test } from "vitest";
import { createReplica, type ReplicaOptions } from "./mod.ts";
import { tinyOptions } from "./testing/tiny_run.ts";

const executor = onnxC();
const other = onnxNode();
afterAll(async () => {
  await executor.close();
  await other.close();
});

const GPT2: ModelConfig = { ...tinyOptions(executor).config, layers: 3, heads: 8 };
// Heads of 8, whose attention is one operation.
const WIDE: ModelConfig = { ...GPT2, width: 16, heads: 2 };
const LLAMA: ModelConfig = {
  architecture: "llama",
  vocabularySize: GPT2.vocabularySize,
  contextLength: GPT2.contextLength,
  layers: 3,
  heads: 4,
  keyValueHeads: 2,
  width: 16,
  tied: false,
};
const DROPOUT = { embedding: 0.2, attention: 0.2, residual: 0.2 };
const ADAPTERS = { rank: 2, alpha: 4, targets: ["attention", "feedForward"] } as const;

function optionsOf(config: ModelConfig, changes: Partial<ReplicaOptions> = {}): ReplicaOptions {
  return { ...tinyOptions(executor), config, ...changes };
}

function floatsOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}

describe("computeLeaf() in phases", () => {
  test.each<[string, ReplicaOptions]>([
    ["gpt2", optionsOf(GPT2)],
    ["gpt2 with attention in one", optionsOf(WIDE)],
    ["gpt2 with dropout", optionsOf({ ...WIDE, dropout: DROPOUT })],
    ["gpt2 whose blocks are computed again", optionsOf(WIDE, { recompute: true })],
    [
      "gpt2 in mixed precision",
      optionsOf(WIDE, { training: { ...tinyOptions(executor).training, precision: "mixed" } }),
    ],
    [
      "gpt2 with sinusoidal positions, for an executor that copies",
      optionsOf({ ...GPT2, positions: "sinusoidal" }, { executor: other }),
    ],
    ["llama", optionsOf(LLAMA)],
    ["llama with adapters", optionsOf(LLAMA, { adapters: ADAPTERS, initial: initialParameters(LLAMA, 1) })],
  ])("computeLeaf() gives the bits of the whole leaf, each phase when it says so: %s", async (_, options) => {
    const whole = await createReplica(options);
    const wanted = new Float32Array(new SharedArrayBuffer(4 * whole.vectorFloats));
    await whole.computeLeaf(1, 1, wanted);
    await whole.close();
    for (const phases of [2, 3]) {
      const replica = await createReplica({ ...options, phases });
      const spans = replica.phases!;
      expect(spans).toHaveLength(phases);
      // Two at once, each twice.
      for (let time = 0; time < 2; time++) {
        await Promise.all(
          [0, 1].map(async () => {
            const out = new Float32Array(new SharedArrayBuffer(4 * replica.vectorFloats)).fill(7);
            const told: number[] = [];
            await replica.computeLeaf(1, 1, out, (phase) => {
              told.push(phase);
              for (const { start, end } of spans[phase]!) {
                expect(out.subarray(start, end)).toEqual(wanted.subarray(start, end));
              }
            });
            expect(told).toEqual([...spans.keys()]);
            expect(out).toEqual(wanted);
          }),
        );
      }
      expect(spans.reduce((sum, each) => sum + floatsOf(each), 0)).toBe(replica.vectorFloats);
      expect(Math.min(...spans.map(floatsOf))).toBeGreaterThan(0);
      await replica.close();
    }
  });

  test("createReplica() refuses more phases than blocks", async () => {
    await expect(
      createReplica({ ...optionsOf(GPT2), phases: 4 }).then((replica) =>
        replica.computeLeaf(0, 0, new Float32Array(replica.vectorFloats), () => {}),
      ),
    ).rejects.toThrow("found 4 phases of 3 blocks, wanted 3 at most");
  });
});
