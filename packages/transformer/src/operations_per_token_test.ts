import { expect, test } from "vitest";
import type { ModelConfig } from "./config.ts";
import { operationsPerToken } from "./operations_per_token.ts";

const SHAPE = { vocabularySize: 100, contextLength: 32, layers: 2, heads: 4, width: 64 };
const GPT2: ModelConfig = { architecture: "gpt2", ...SHAPE };
const ATTENTION = 12 * 2 * 64 * 32;

test("operationsPerToken() counts six for each weight that is multiplied, and attention over the full context", () => {
  // Blocks of 12 D^2, and the tied table once, as the output matrix.
  expect(operationsPerToken(GPT2)).toBe(6 * (2 * 12 * 64 ** 2 + 100 * 64) + ATTENTION);
  expect(operationsPerToken({ ...GPT2, tied: false })).toBe(operationsPerToken(GPT2));
});

test("operationsPerToken() counts grouped keys and values once, and four for each weight that is frozen", () => {
  const llama: ModelConfig = { architecture: "llama", ...SHAPE, keyValueHeads: 1, innerWidth: 96, tied: true };
  const weights = 2 * (2 * 64 ** 2 + 2 * 64 * 16 + 3 * 64 * 96) + 100 * 64;
  expect(operationsPerToken(llama)).toBe(6 * weights + ATTENTION);
  // Queries and output of width 64, keys and values of 16, each with a product of rank 3.
  const adapters = 2 * 3 * (2 * (64 + 64) + 2 * (64 + 16));
  const attentionOnly = { rank: 3, alpha: 6, targets: ["attention"] } as const;
  expect(operationsPerToken(llama, attentionOnly)).toBe(4 * weights + 6 * adapters + ATTENTION);
});
