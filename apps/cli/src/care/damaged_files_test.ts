import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore } from "@millrace/artifacts/file";
import type { ArtifactRef, ModelFolder, ServingPackage } from "@millrace/contracts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { damagedFiles } from "./damaged_files.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-damaged-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function stored() {
  const artifacts = fileStore(folder).forProject("default");
  const put = (text: string): Promise<ArtifactRef> => artifacts.put(new TextEncoder().encode(text), "text/plain");
  const [checkpoint, tokenizer, onnx, card, profile, graph] = (await Promise.all(
    ["checkpoint", "tokenizer", "onnx", "card", "profile", "graph"].map(put),
  )) as [ArtifactRef, ArtifactRef, ArtifactRef, ArtifactRef, ArtifactRef, ArtifactRef];
  const files = { "README.md": card, "model.safetensors": checkpoint, "onnx/model.onnx": onnx };
  const packed: ServingPackage = {
    version: 1,
    model: "tiny",
    modelVersion: 1,
    config: { architecture: "gpt2", vocabularySize: 4, contextLength: 8, layers: 1, heads: 1, width: 8 },
    checkpoint,
    tokenizer,
    profile,
    endOfText: 0,
    slots: 1,
    graphs: [{ newTokens: 1, graph }],
  };
  const version = {
    checkpoint,
    tokenizer,
    onnx,
    folder: await put(JSON.stringify({ version: 1, files } satisfies ModelFolder)),
    package: await put(JSON.stringify(packed)),
  };
  return { artifacts, version, parts: { card, graph, profile } };
}

async function damage({ sha256 }: ArtifactRef): Promise<void> {
  const file = join(folder, "default", sha256.slice(0, 2), sha256);
  const bytes = await readFile(file);
  await chmod(file, 0o600);
  await writeFile(file, Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)]));
}

const names = async ({ version, artifacts }: Awaited<ReturnType<typeof stored>>): Promise<string[]> =>
  (await damagedFiles(version, artifacts)).map(({ file }) => file);

test("damagedFiles() finds nothing where all is whole", async () => {
  const all = await stored();
  expect(await damagedFiles(all.version, all.artifacts)).toEqual([]);
  expect(await damagedFiles({ ...all.version, onnx: null, folder: null, package: null }, all.artifacts)).toEqual([]);
});

test("damagedFiles() names what the lists of folder and package name, and a list that is damaged", async () => {
  const all = await stored();
  for (const part of Object.values(all.parts)) await damage(part);
  expect(await names(all)).toEqual(["folder/README.md", "package profile", "package graph 1"]);
  await damage(all.version.folder);
  expect(await names(all)).toEqual(["folder", "package profile", "package graph 1"]);
});

test("damagedFiles() names a content once, also where it is in a list too, and says what is wrong", async () => {
  const all = await stored();
  await damage(all.version.checkpoint);
  await rm(join(folder, "default", all.version.tokenizer.sha256.slice(0, 2), all.version.tokenizer.sha256));
  expect(await damagedFiles(all.version, all.artifacts)).toEqual([
    { file: "checkpoint", reason: expect.stringContaining(all.version.checkpoint.sha256) },
    { file: "tokenizer", reason: expect.stringContaining("not found") },
  ]);
});
