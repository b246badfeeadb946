import fc from "fast-check";
import { expect, test } from "vitest";
import type { ModelConfig } from "./config.ts";
import { parameterCount, parameterLayout, parameterVectorSize } from "./parameter_layout.ts";

const configs: fc.Arbitrary<ModelConfig> = fc
  .record({
    vocabularySize: fc.integer({ min: 1, max: 300 }),
    contextLength: fc.integer({ min: 1, max: 70 }),
    layers: fc.integer({ min: 1, max: 12 }),
    heads: fc.integer({ min: 1, max: 4 }),
    headWidth: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ headWidth, ...config }) => ({ architecture: "gpt2", ...config, width: headWidth * config.heads }));

test("parameterCount() is 124,439,808 for the configuration of GPT-2 small", () => {
  const small = { vocabularySize: 50257, contextLength: 1024, layers: 12, heads: 12, width: 768 };
  expect(parameterCount({ architecture: "gpt2", ...small })).toBe(124_439_808);
});

test("parameterLayout() lists parameters by name, aligned, without overlap or gaps of a cache line", () => {
  fc.assert(
    fc.property(configs, (config) => {
      const layout = parameterLayout(config);
      const names = layout.map(({ name }) => name);
      expect(names).toEqual([...names].sort());
      let end = 0;
      for (const { offset, size, shape } of layout) {
        expect(offset % 16).toBe(0);
        expect(offset - end).toBeGreaterThanOrEqual(0);
        expect(offset - end).toBeLessThan(16);
        expect(shape.reduce((product, extent) => product * extent, 1)).toBe(size);
        end = offset + size;
      }
      expect(parameterVectorSize(config) - end).toBeLessThan(16);
      expect(parameterVectorSize(config) % 16).toBe(0);
    }),
  );
});

test("parameterLayout() decays matrices alone", () => {
  const config: ModelConfig = {
    architecture: "gpt2",
    vocabularySize: 5,
    contextLength: 4,
    layers: 1,
    heads: 1,
    width: 2,
  };
  const decayed = parameterLayout(config).flatMap(({ name, decay }) => (decay ? [name] : []));
  expect(decayed).toEqual([
    "transformer.h.0.attn.c_attn.weight",
    "transformer.h.0.attn.c_proj.weight",
    "transformer.h.0.mlp.c_fc.weight",
    "transformer.h.0.mlp.c_proj.weight",
    "transformer.wpe.weight",
    "transformer.wte.weight",
  ]);
});

test("parameterLayout() says what is wrong when the heads do not divide the width", () => {
  const config: ModelConfig = {
    architecture: "gpt2",
    vocabularySize: 5,
    contextLength: 4,
    layers: 1,
    heads: 3,
    width: 4,
  };
  expect(() => parameterLayout(config)).toThrow("found width 4 for 3 heads, wanted a multiple of the heads");
  expect(() => parameterLayout({ ...config, layers: 0 })).toThrow("found layers 0, wanted a positive integer");
});
