import { expect, test } from "vitest";
import { ModelFolder } from "./model.ts";

const FILE = { sha256: "0".repeat(64), sizeBytes: 1, mediaType: "text/plain" };
const parse = (path: string): boolean => ModelFolder.safeParse({ version: 1, files: { [path]: FILE } }).success;

test("the files of a model's folder lie in it", () => {
  for (const path of ["README.md", "onnx/model.onnx", ".gitattributes", "a..b/c", "..."])
    expect(parse(path), path).toBe(true);
  for (const path of ["..", "../a", "a/..", "a/../b", "./a", "/a", "a//b", "a\\b", ""])
    expect(parse(path), path).toBe(false);
});
