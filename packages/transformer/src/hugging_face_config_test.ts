import { expect, test } from "vitest";
import { huggingFaceConfig, huggingFaceGenerationConfig } from "./hugging_face_config.ts";
import { TINY } from "./testing/tiny_model.ts";

test("huggingFaceConfig() gives the extents under GPT2Config's names", () => {
  expect(huggingFaceConfig(TINY, { bos: 11, eos: 12 })).toMatchObject({
    activation_function: "gelu_new",
    bos_token_id: 11,
    eos_token_id: 12,
    layer_norm_epsilon: 1e-5,
    model_type: "gpt2",
    n_embd: 8,
    n_head: 2,
    n_layer: 2,
    n_positions: 8,
    tie_word_embeddings: true,
    vocab_size: 13,
  });
});

test("huggingFaceGenerationConfig() carries the special tokens", () => {
  expect(huggingFaceGenerationConfig({ bos: 11, eos: 12 })).toEqual({ bos_token_id: 11, eos_token_id: 12 });
});
