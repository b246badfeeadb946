import { parameterLayout } from "@millrace/transformer";
import { expect, test } from "vitest";
import { decayOfElements, groupOf } from "./parameter_group.ts";

const sizes = { vocabularySize: 5, contextLength: 4, layers: 11, heads: 2, width: 16 };
const layout = parameterLayout({ architecture: "gpt2", ...sizes });
const layouts = {
  "a GPT-2": layout,
  "a GPT-2 of sinusoidal positions": parameterLayout({ architecture: "gpt2", ...sizes, positions: "sinusoidal" }),
  "a Llama": parameterLayout({ architecture: "llama", ...sizes, tied: false }),
};

test("groupOf() tells a GPT-2's parameters apart", () => {
  const groups = Object.fromEntries(layout.map((parameter) => [parameter.name, groupOf(parameter)]));
  expect(groups).toMatchObject({
    "transformer.wte.weight": "embeddings",
    "transformer.wpe.weight": "embeddings",
    "transformer.h.10.attn.c_attn.weight": "hidden",
    "transformer.h.10.attn.c_attn.bias": "biases",
    "transformer.h.10.mlp.c_proj.weight": "hidden",
    "transformer.h.10.ln_1.weight": "norms",
    "transformer.h.10.ln_1.bias": "norms",
    "transformer.ln_f.bias": "norms",
  });
});

test.each([
  ["model.embed_tokens.weight", [8, 4], "embeddings"],
  ["lm_head.weight", [8, 4], "embeddings"],
  ["model.layers.3.self_attn.q_proj.weight", [4, 4], "hidden"],
  ["model.layers.3.mlp.gate_proj.weight", [8, 4], "hidden"],
  ["model.layers.3.input_layernorm.weight", [4], "norms"],
  ["model.norm.weight", [4], "norms"],
])("groupOf() knows %s of a Llama", (name, shape, group) => {
  expect(groupOf({ name, shape })).toBe(group);
});

test.each(Object.entries(layouts))(
  "decayOfElements() decays by default the matrices of %s that are trained, neither biases nor norms",
  (_, parameters) => {
    const decay = decayOfElements(parameters, new Float32Array(100_000), 0.25);
    const wanted = new Float32Array(100_000);
    for (const { offset, size, shape, frozen } of parameters) {
      if (shape.length > 1 && !frozen) wanted.fill(0.25, offset, offset + size);
    }
    expect(decay).toEqual(wanted);
  },
);

test("decayOfElements() decays only the groups that are named", () => {
  const decay = decayOfElements(layout, new Float32Array(100_000), 0.25, ["hidden", "biases"]);
  for (const parameter of layout) {
    const wanted = ["hidden", "biases"].includes(groupOf(parameter)) ? 0.25 : 0;
    expect(decay[parameter.offset], parameter.name).toBe(wanted);
    expect(decay[parameter.offset + parameter.size - 1], parameter.name).toBe(wanted);
  }
});
