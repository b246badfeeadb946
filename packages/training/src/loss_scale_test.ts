import { describe, expect, test } from "vitest";
import { LOSS_SCALE_NUMBERS, openLossScale } from "./loss_scale.ts";

describe("openLossScale()", () => {
  test("openLossScale() begins at 65536 for the mean of a leaf's targets", () => {
    expect(openLossScale(new Float32Array(LOSS_SCALE_NUMBERS), 1).factor).toBe(65_536);
    expect(openLossScale(new Float32Array(LOSS_SCALE_NUMBERS), 100).factor).toBe(65_536 / 128);
  });

  test("openLossScale() doubles after 2000 good steps and halves at a bad one, which begins the count anew", () => {
    const scale = openLossScale(new Float32Array(LOSS_SCALE_NUMBERS), 64);
    for (let step = 0; step < 1999; step++) scale.succeed();
    expect(scale.factor).toBe(1024);
    expect(scale.fail(3)).toBe(true);
    expect([scale.factor, scale.skipped]).toEqual([512, 1]);
    for (let step = 0; step < 1999; step++) scale.succeed();
    expect(scale.factor).toBe(512);
    scale.succeed();
    expect([scale.factor, scale.skipped]).toEqual([1024, 1]);
  });

  test("openLossScale() does not skip where halving cannot help", () => {
    const scale = openLossScale(new Float32Array(LOSS_SCALE_NUMBERS), 4);
    expect(scale.fail(NaN)).toBe(false);
    for (let times = 0; times < 16; times++) expect(scale.fail(1)).toBe(true);
    expect(scale.factor).toBe(1 / 4);
    expect(scale.fail(1)).toBe(false);
    expect(scale.skipped).toBe(16);
  });

  test("openLossScale() goes on from the numbers of another", () => {
    const scale = openLossScale(new Float32Array(LOSS_SCALE_NUMBERS), 4);
    scale.numbers.set([8, 1999, 5]);
    scale.succeed();
    expect([scale.factor, scale.skipped]).toEqual([16, 5]);
  });
});
