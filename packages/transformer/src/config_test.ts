import { describe, expect, test } from "vitest";
import { type ModelConfig, resolveModel } from "./config.ts";
import { TINY } from "./testing/tiny_model.ts";

const LLAMA: ModelConfig = { ...TINY, architecture: "llama" };

describe("resolveModel()", () => {
  test("resolveModel() gives what is left open the family's default", () => {
    expect(resolveModel({ ...TINY, width: 48 })).toMatchObject({
      positions: "learned",
      keyValueHeads: 2,
      headWidth: 24,
      innerWidth: 192,
      activation: "gelu_new",
      normEpsilon: 1e-5,
      tied: true,
      dropout: { embedding: 0, attention: 0, residual: 0 },
    });
    expect(resolveModel({ ...LLAMA, width: 48 })).toMatchObject({
      positions: "rotary",
      rope: { theta: 10_000 },
      innerWidth: 128,
      activation: "silu",
      normEpsilon: 1e-6,
      tied: false,
      attentionBias: false,
      mlpBias: false,
    });
  });

  const refused: readonly (readonly [ModelConfig, string])[] = [
    [{ ...TINY, architecture: "gpt3" as "gpt2" }, 'found architecture "gpt3", wanted "gpt2" or "llama"'],
    [{ ...TINY, keyValueHeads: 1 }, "found the key keyValueHeads, which the architecture gpt2 does not have"],
    [{ ...LLAMA, positions: "learned" }, "found the key positions, which the architecture llama does not have"],
    [{ ...LLAMA, dropout: { residual: 0.1 } }, "llama has it on attention alone"],
    [
      { ...LLAMA, heads: 4, width: 16, keyValueHeads: 3 },
      "found keyValueHeads 3 for 4 heads, wanted a divisor of the heads",
    ],
    [{ ...LLAMA, heads: 8 }, "found a head of width 1, wanted an even one"],
    [{ ...TINY, heads: 3 }, "found width 8 for 3 heads, wanted a multiple of the heads"],
    [
      { ...TINY, heads: 1, width: 7, positions: "sinusoidal" },
      "found sinusoidal positions of width 7, wanted an even one",
    ],
    [{ ...TINY, dropout: { attention: 1 } }, "found dropout.attention 1, wanted a number in [0, 1)"],
    [{ ...TINY, normEpsilon: 0 }, "found normEpsilon 0"],
    [{ ...TINY, activation: "tanh" as "relu" }, 'found activation "tanh", wanted gelu_new, gelu, relu, silu'],
    [{ ...LLAMA, rope: { theta: 0 } }, "found rope.theta 0"],
    [{ ...LLAMA, rope: { theta: 10, scaling: { type: "linear", factor: 0.5 } } }, "found rope.scaling.factor 0.5"],
  ];

  test.each(refused)("resolveModel() refuses %j", (config, message) => {
    expect(() => resolveModel(config)).toThrow(message);
  });
});
