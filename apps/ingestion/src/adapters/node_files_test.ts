import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPolicy } from "../open_policy.ts";
import { nodeFiles } from "./node_files.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-files-"));
  await mkdir(join(folder, "docs/sub"), { recursive: true });
  for (const name of ["docs/a.md", "docs/sub/b c's.txt", "docs/types.d.ts", "outside.md"]) {
    await writeFile(join(folder, name), name);
  }
  await symlink(join(folder, "outside.md"), join(folder, "docs/link.md"));
  await symlink(folder, join(folder, "docs/up"));
});
afterAll(() => rm(folder, { recursive: true }));

const list = async (path: string, include?: string[]): Promise<string[]> => {
  const { files } = await nodeFiles().list({ path: join(folder, path), ...(include ? { include } : {}) });
  return files.map((file) => file.path).sort();
};

test("list() names readable files of a folder, follows no link, and takes declarations only where a pattern asks", async () => {
  expect(await list("docs")).toEqual(["a.md", "sub/b c's.txt"]);
  expect(await list("docs", ["**/*.d.ts"])).toEqual(["types.d.ts"]);
  expect(await list("docs/*.md")).toEqual(["a.md"]);
  expect(await list("docs/a.md")).toEqual(["a.md"]);
});

test("list() tells what it does not take: files of other types, links, sockets; not what is hidden or excluded", async () => {
  const docs = join(folder, "mixed");
  await mkdir(join(docs, "sub/.git"), { recursive: true });
  for (const name of [
    "a.md",
    "report.pdf",
    "sub/More.PDF",
    "Makefile",
    "types.d.ts",
    ".env",
    "sub/.git/config.x",
    "no.log",
  ]) {
    await writeFile(join(docs, name), name);
  }
  await symlink(join(docs, "a.md"), join(docs, "sub/link.md"));
  await symlink(folder, join(docs, "up"));
  const socket = createServer().listen(join(docs, "s.sock"));
  await once(socket, "listening");
  const { files, skipped } = await nodeFiles().list({ path: docs, exclude: ["*.log"] });
  expect(files.map(({ path }) => path)).toEqual(["a.md"]);
  expect(skipped.map(({ path, kind }) => `${path} ${kind}`).sort()).toEqual([
    "Makefile file",
    "report.pdf file",
    "s.sock special",
    "sub/More.PDF file",
    "sub/link.md link",
    "types.d.ts file",
    "up link",
  ]);
  socket.close();
  // What a pattern does not match was not asked for.
  const named = await nodeFiles().list({ path: docs, include: ["**/*.{md,pdf}"] });
  expect(named.skipped.map(({ path }) => path).sort()).toEqual(["report.pdf", "sub/link.md"]);
  expect((await nodeFiles().list({ path: join(docs, "report.pdf") })).skipped).toHaveLength(1);
});

test("list() says so when there is nothing", async () => {
  await expect(list("nowhere")).rejects.toThrow("found nothing at");
  await expect(list("nowhere/*.md")).rejects.toThrow("found nothing at");
});

test("list() takes what is there by its name, also where that reads as a pattern", async () => {
  await mkdir(join(folder, "odd/a [1]*/in{x,y}"), { recursive: true });
  await mkdir(join(folder, "odd/a 1"), { recursive: true });
  for (const name of ["a [1]*/in{x,y}/p[q].md", "a [1]*/b.md", "a 1/not this.md"]) {
    await writeFile(join(folder, "odd", name), name);
  }
  expect(await list("odd/a [1]*")).toEqual(["b.md", "in{x,y}/p[q].md"]);
  expect(await list("odd/a [1]*/in{x,y}/p[q].md")).toEqual(["p[q].md"]);
  expect(await list("odd/a [1]*/*.md")).toEqual(["b.md"]);
  expect(await list("odd/a [1]*/in{x,y}/p*.md")).toEqual(["p[q].md"]);
  expect(await list("odd/a ?/*.md")).toEqual(["a 1/not this.md"]);
});

test.each([
  "../*.md",
  "sub/../../*.md",
  "{x,..}/*.md",
  "{{a},..}/*.md",
  "{.,x}{.,y}/*.md",
  "..\\\\*.md",
  "/etc/*.txt",
  "{,x}/etc/*.txt",
  "{a,b}".repeat(12),
])("list() refuses the pattern %s, which is not confined to its folder", async (pattern) => {
  const refused = `listing the sources: found the pattern "${pattern}", wanted a pattern below "${folder}/docs`;
  await expect(list("docs", ["*.md", pattern])).rejects.toThrow(refused);
});

test("list() goes by a pattern in a source's path as by one of include", async () => {
  await expect(nodeFiles().list({ path: `${folder}/docs/*/../../*.md` })).rejects.toThrow(
    'found the pattern "*/../../*.md"',
  );
  await expect(nodeFiles().list({ path: `${folder}/docs/{.,x}{.,y}/*.md` })).rejects.toThrow(
    'found the pattern "{.,x}{.,y}/*.md"',
  );
});

test("list() names nothing outside of the folder for patterns whose letters do not tell", async () => {
  expect(await list("docs", [`{Z..a}${folder}/*.md`, ".[.]/*"])).toEqual([]);
  expect(await list("docs", ["./*.md", "sub/*{1..3,c's}.txt", "a..b.md"])).toEqual(["a.md", "sub/b c's.txt"]);
});

test("read() refuses what lies outside, and links on the way", async () => {
  const { read } = nodeFiles();
  const root = join(folder, "docs");
  await expect(read(root, "../outside.md")).rejects.toThrow("outside of");
  await expect(read(root, "link.md")).rejects.toThrow();
  await expect(read(root, "up/outside.md")).rejects.toThrow("link on the way");
});

const refusesBytes = process.platform === "darwin";
if (refusesBytes)
  console.warn("node_files: file names that are no UTF-8 are skipped: this system's file system refuses them");

test.skipIf(refusesBytes)("list() goes on past a name that is no UTF-8; reading it fails", async () => {
  await mkdir(join(folder, "bytes"));
  await writeFile(
    Buffer.concat([Buffer.from(join(folder, "bytes/bad")), Buffer.from([0xff]), Buffer.from(".md")]),
    "x",
  );
  const [name = ""] = await list("bytes");
  expect(name).toContain("bad");
  await expect(nodeFiles().read(join(folder, "bytes"), name)).rejects.toThrow();
});

test("nodeFiles() of one folder lists and reads nothing outside of it, whatever a recipe or a policy names", async () => {
  const files = nodeFiles(join(folder, "docs"));
  expect((await files.list({ path: join(folder, "docs/sub") })).files).toHaveLength(1);
  const outside = [
    "",
    "outside.md",
    "docs/../outside.md",
    "docs/*/../../*.md",
    "nowhere",
    "docs/up",
    "docs/up/docs/../..",
  ];
  // By this name a run ends for good: the same recipe names the same path when it goes on.
  const refusal = { name: "UnusableSourceError", message: expect.stringContaining("wanted a path in") };
  for (const path of outside) await expect(files.list({ path: `${folder}/${path}` })).rejects.toMatchObject(refusal);
  await expect(files.read(folder, "outside.md")).rejects.toThrow("wanted a path in");
  expect(new TextDecoder().decode(await files.read(join(folder, "docs"), "a.md"))).toBe("docs/a.md");
});

test("openPolicy() reads a policy of the one folder and nothing outside of it, no link, no pipe, no large file, and quotes none", async () => {
  const docs = join(await realpath(folder), "docs");
  const files = nodeFiles(docs);
  const policy = { name: "own", rules: [{ signal: "words", min: 3, reason: "too_short" }] };
  await writeFile(join(docs, "policy.yaml"), JSON.stringify(policy));
  expect(await openPolicy(join(docs, "policy.yaml"), files)).toMatchObject({ name: "own" });
  const secret = "password: hunter2";
  await writeFile(join(folder, "secret.yaml"), secret);
  await symlink(join(folder, "secret.yaml"), join(docs, "linked.yaml"));
  await writeFile(join(docs, "broken.yaml"), `a: [${secret}\n`);
  await writeFile(join(docs, "large.yaml"), "#".repeat(300 * 1024));
  execFileSync("mkfifo", [join(docs, "pipe.yaml")]);
  const outside = "wanted a path in";
  for (const [name, wanted] of [
    ["/etc/passwd", outside],
    [`${docs}/../secret.yaml`, outside],
    [`${docs}/../../../../../../../etc/passwd`, outside],
    [`${docs}/nowhere/../../secret.yaml`, outside],
    ["../../etc/passwd", outside],
    ["secret.yaml", ""],
    [`${docs}/linked.yaml`, ""],
    [`${docs}/up/secret.yaml`, "link on the way"],
    [`${docs}/up/docs/policy.yaml`, "link on the way"],
    [`${docs}/pipe.yaml`, "no plain file"],
    [`${docs}/large.yaml`, "wanted at most 262144"],
    [`${docs}/broken.yaml`, ""],
    [docs, ""],
  ] as const) {
    const found = await openPolicy(name, files);
    expect(found, name).toMatchObject({ code: "policy_invalid", message: expect.stringContaining(wanted) });
    expect(JSON.stringify(found)).not.toMatch(/hunter2|root:/);
  }
});
