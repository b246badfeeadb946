import { expect, test } from "vitest";
import { windowsAtOnce } from "./score_windows.ts";

test.each([
  [256, 4096, 8],
  [128, 32_000, 2],
  [128, 49_152, 1],
  [8192, 128_256, 1],
])("windowsAtOnce() of %i tokens and a vocabulary of %i is %i", (contextLength, vocabularySize, wanted) => {
  expect(windowsAtOnce({ contextLength, vocabularySize })).toBe(wanted);
});
