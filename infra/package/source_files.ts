import { glob } from "node:fs/promises";
import { join } from "node:path";

/** Every TypeScript file of apps and packages that is no part of a test. */
export async function sourceFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob("{apps,packages}/*/src/**/*.ts", { cwd: root })) {
    if (!/_test\.ts$|\/(testing|testdata)\//.test(file)) found.push(join(root, file));
  }
  return found.sort();
}
