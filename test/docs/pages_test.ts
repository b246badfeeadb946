/** Pages of the repository: none is missing, and their links lead somewhere. */
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGES = ["*.md", "docs/**/*.md", "{apps,packages}/*/README.md"];
const LINK = /\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g;

test("every relative link in a page leads to a file of the repository", async () => {
  const broken: string[] = [];
  let links = 0;
  for await (const page of glob(PAGES, { cwd: ROOT })) {
    const text = await readFile(join(ROOT, page), "utf8");
    for (const [, link = ""] of text.matchAll(LINK)) {
      links += 1;
      if (!existsSync(join(ROOT, dirname(page), link))) broken.push(`${page}: ${link}`);
    }
  }
  expect(links).toBeGreaterThan(20);
  expect(broken).toEqual([]);
});

test("every app and package has a README", async () => {
  const missing: string[] = [];
  for await (const manifest of glob("{apps,packages}/*/package.json", { cwd: ROOT })) {
    if (!existsSync(join(ROOT, dirname(manifest), "README.md"))) missing.push(dirname(manifest));
  }
  expect(missing).toEqual([]);
});

test("docs/decisions/README.md lists every decision", async () => {
  const index = await readFile(join(ROOT, "docs/decisions/README.md"), "utf8");
  const pages: string[] = [];
  for await (const page of glob("docs/decisions/0*.md", { cwd: ROOT })) pages.push(page);
  const listed = [...index.matchAll(/\]\((0[^)]+)\)/g)].map(([, name]) => `docs/decisions/${name}`);
  expect(listed).toEqual(pages.toSorted());
});
