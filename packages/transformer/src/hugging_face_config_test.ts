import { describe, expect, test } from "vitest";
import { type ModelConfig, resolveModel } from "./config.ts";
import { huggingFaceConfig, huggingFaceGenerationConfig } from "./hugging_face_config.ts";
import { readHuggingFaceConfig } from "./hugging_face_reader.ts";
import { TINY, VARIANTS } from "./testing/tiny_model.ts";

const SPECIAL = { bos: 11, eos: 12 };

describe("huggingFaceConfig()", () => {
  test("huggingFaceConfig() gives the extents under GPT2Config's names", () => {
    expect(huggingFaceConfig(TINY, SPECIAL)).toMatchObject({
      activation_function: "gelu_new",
      bos_token_id: 11,
      eos_token_id: 12,
      layer_norm_epsilon: 1e-5,
      model_type: "gpt2",
      n_embd: 8,
      n_head: 2,
      n_inner: null,
      n_layer: 2,
      n_positions: 8,
      tie_word_embeddings: true,
      vocab_size: 13,
    });
  });

  const configs: Record<string, ModelConfig> = {
    ...VARIANTS,
    "gpt2 with dropout": { ...TINY, dropout: { embedding: 0.1, attention: 0.2, residual: 0.3 } },
    "llama with dropout and linear scaling": {
      ...TINY,
      architecture: "llama",
      dropout: { attention: 0.1 },
      rope: { theta: 5e5, scaling: { type: "linear", factor: 2 } },
    },
  };
  test.each(Object.entries(configs))("huggingFaceConfig() of %s is read back as what it was", (_, config) => {
    const written: unknown = JSON.parse(JSON.stringify(huggingFaceConfig(config, SPECIAL)));
    const read = readHuggingFaceConfig(written);
    expect(resolveModel(read.config)).toEqual(resolveModel(config));
    expect(read).toMatchObject({ bos: 11, eos: [12] });
  });
});

test("huggingFaceGenerationConfig() carries the special tokens", () => {
  expect(huggingFaceGenerationConfig(SPECIAL)).toEqual({ bos_token_id: 11, eos_token_id: 12 });
});

describe("readHuggingFaceConfig()", () => {
  const gpt2 = { model_type: "gpt2", vocab_size: 13, n_positions: 8, n_embd: 8, n_layer: 2, n_head: 2 };
  const llama = { model_type: "llama", hidden_size: 64, num_attention_heads: 4, intermediate_size: 96 };

  test("readHuggingFaceConfig() gives absent keys the class's defaults, dropout of GPT-2 among them", () => {
    expect(readHuggingFaceConfig(gpt2)).toEqual({
      config: { ...TINY, dropout: { embedding: 0.1, attention: 0.1, residual: 0.1 } },
      bos: undefined,
      eos: [],
    });
    expect(readHuggingFaceConfig({ ...llama, eos_token_id: [1, 2] })).toEqual({
      config: {
        architecture: "llama",
        vocabularySize: 32000,
        contextLength: 2048,
        layers: 32,
        heads: 4,
        width: 64,
        innerWidth: 96,
      },
      bos: undefined,
      eos: [1, 2],
    });
  });

  test("readHuggingFaceConfig() reads rotary positions as transformers before 5 wrote them", () => {
    const { config } = readHuggingFaceConfig({
      ...llama,
      rope_theta: 500_000,
      rope_scaling: { type: "linear", factor: 2 },
    });
    expect(config.rope).toEqual({ theta: 500_000, scaling: { type: "linear", factor: 2 } });
  });

  const refused: readonly (readonly [unknown, string])[] = [
    [null, 'found model_type undefined, wanted "gpt2" or "llama"'],
    [{ model_type: "mistral" }, 'found model_type "mistral"'],
    [{ ...gpt2, scale_attn_by_inverse_layer_idx: true }, "scale_attn_by_inverse_layer_idx: "],
    [{ ...gpt2, add_cross_attention: true }, "add_cross_attention: "],
    [{ ...gpt2, activation_function: "mish" }, "activation_function: "],
    [{ ...gpt2, n_layer: 1e9 }, "n_layer: "],
    [{ ...gpt2, n_head: 3 }, "found width 8 for 3 heads, wanted a multiple of the heads"],
    [{ ...gpt2, vocab_size: "13" }, "vocab_size: "],
    [{ ...llama, quantization_config: { bits: 4 } }, "found quantised weights, wanted float ones"],
    [{ ...llama, rope_scaling: { rope_type: "yarn", factor: 4 } }, 'type "yarn", wanted default, linear or llama3'],
    [{ ...llama, rope_scaling: { rope_type: "llama3", factor: 4 } }, 'of type "llama3" without low_freq_factor'],
    [{ ...llama, rope_parameters: { rope_type: "default", partial_rotary_factor: 0.5 } }, "partial_rotary_factor: "],
  ];
  test.each(refused)("readHuggingFaceConfig() refuses %j", (json, message) => {
    expect(() => readHuggingFaceConfig(json)).toThrow(TypeError);
    expect(() => readHuggingFaceConfig(json)).toThrow(message);
  });
});
