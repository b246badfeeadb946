import fc from "fast-check";
import { expect, test } from "vitest";
import type { ModelConfig } from "./config.ts";
import { parameterCount, parameterLayout, parameterVectorSize } from "./parameter_layout.ts";
import { VARIANTS } from "./testing/tiny_model.ts";

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

test.each(Object.entries(VARIANTS))("parameterLayout() of %s freezes sines, and nothing else", (_, config) => {
  for (const { name, frozen } of parameterLayout(config)) {
    const isSines = config.positions === "sinusoidal" && name === "transformer.wpe.weight";
    expect([name, frozen]).toEqual([name, isSines]);
  }
});

test("parameterCount() is 1,100,048,384 for the configuration of TinyLlama 1.1B", () => {
  const extents = { vocabularySize: 32000, contextLength: 2048, layers: 22, heads: 32, width: 2048 };
  expect(parameterCount({ architecture: "llama", ...extents, keyValueHeads: 4, innerWidth: 5632 })).toBe(1_100_048_384);
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
