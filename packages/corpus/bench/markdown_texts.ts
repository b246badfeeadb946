/** Ordinary text which every machine with this project has: the Markdown files of the installed packages. */
import { globSync, readFileSync } from "node:fs";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Gives the texts, in the order of their paths. */
export function markdownTexts(): string[] {
  return globSync("node_modules/**/*.md", { cwd: ROOT })
    .sort()
    .map((path) => readFileSync(ROOT + path, "utf8"));
}
