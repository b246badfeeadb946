/** The shape that must not drift: who may import whom, and who may touch the machine. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { type Import, importsOf, sourceFiles, target, workspaceOf } from "./imports.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const APPS = [
  "automation",
  "console",
  "deployer",
  "feature",
  "inference",
  "ingestion",
  "monitor",
  "registry",
  "trainer",
];
/** Where Node, the environment and sockets may be used. */
const EDGE = /(?:\/runtime\/|\/adapters\/|\/testing\/|\/bench\/|_test\.tsx?$|^apps\/cli\/|drizzle\.config\.ts$)/;

let imports: Import[];
beforeAll(async () => {
  const files = await sourceFiles(ROOT, ["packages", "apps"]);
  imports = (await Promise.all(files.map((file) => importsOf(ROOT, file)))).flat();
  expect(imports.length).toBeGreaterThan(300);
});

const show = ({ file, specifier }: Import): string => `${file} imports ${specifier}`;

test("no app imports another app; apps/cli, a runtime, may", () => {
  const app = new RegExp(`^@millrace/(?:${APPS.join("|")})(?:/|$)`);
  const wrong = imports.filter(({ file, specifier }) => !file.startsWith("apps/cli/") && app.test(specifier));
  expect(wrong.map(show)).toEqual([]);
});

test("no relative import leaves its workspace", () => {
  const wrong = imports.filter(
    (one) => one.specifier.startsWith(".") && workspaceOf(target(ROOT, one)) !== workspaceOf(one.file),
  );
  // Benchmarks and the bin of the command are started from the repository, never published apart.
  expect(wrong.map(show)).toEqual([]);
});

test("only runtime/, adapters/, tests and apps/cli import node:*", () => {
  const wrong = imports.filter(({ file, specifier }) => specifier.startsWith("node:") && !EDGE.test(file));
  expect(wrong.map(show)).toEqual([]);
});

test("only runtime/, adapters/, tests and apps/cli read the environment", async () => {
  const files = (await sourceFiles(ROOT, ["packages", "apps"])).filter((file) => !EDGE.test(file));
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(join(ROOT, file), "utf8")] as const));
  expect(
    texts
      .filter(([, text]) => /\bprocess\.(?:env|argv|pid|exit|on|cwd|std)|\bDeno\.\w/.test(text))
      .map(([file]) => file),
  ).toEqual([]);
});

test("a relative import names its file with the ending", () => {
  const wrong = imports.filter(({ specifier }) => specifier.startsWith(".") && !/\.(?:tsx?|mjs|json)$/.test(specifier));
  expect(wrong.map(show)).toEqual([]);
});

test("packages depend on packages only, without circles", () => {
  const edges = new Map<string, Set<string>>();
  for (const { file, specifier } of imports) {
    const [, name] = /^@millrace\/([a-z]+)/.exec(specifier) ?? [];
    if (!file.startsWith("packages/") || !name || /_test\.ts$|\/testing\/|\/bench\//.test(file)) continue;
    const from = workspaceOf(file).slice("packages/".length);
    if (from !== name) edges.set(from, (edges.get(from) ?? new Set()).add(name));
  }
  const circle = findCircle(edges);
  expect(circle).toEqual([]);
  for (const targets of edges.values()) for (const name of targets) expect(APPS).not.toContain(name);
});

test("no file imports itself by way of others, types included", () => {
  const edges = new Map<string, Set<string>>();
  for (const one of imports.filter(({ specifier }) => specifier.startsWith("."))) {
    edges.set(one.file, (edges.get(one.file) ?? new Set()).add(target(ROOT, one)));
  }
  expect(findCircle(edges)).toEqual([]);
});

function findCircle(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return [];
    for (const next of edges.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle.length > 0) return circle;
    }
    done.add(node);
    return [];
  };
  for (const node of edges.keys()) {
    const circle = visit(node, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

test("every workspace import is declared in its package.json", async () => {
  const missing: string[] = [];
  for (const { file, specifier } of imports) {
    const [, scope, name] = /^((?:@[a-z-]+\/)?)([a-z0-9_-]+)/.exec(specifier) ?? [];
    if (
      specifier.startsWith(".") ||
      specifier.startsWith("node:") ||
      /_test\.tsx?$|\/testing\/|\/bench\/|config\.ts$/.test(file)
    )
      continue;
    const manifest = JSON.parse(await readFile(join(ROOT, workspaceOf(file), "package.json"), "utf8")) as {
      name: string;
      dependencies?: Record<string, string>;
    };
    const wanted = `${scope}${name}`;
    if (manifest.name !== wanted && !manifest.dependencies?.[wanted]) missing.push(`${file} imports ${wanted}`);
  }
  expect(missing).toEqual([]);
});
