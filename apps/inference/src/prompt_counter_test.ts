import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifacts } from "@millrace/artifacts";
import { fileStore } from "@millrace/artifacts/file";
import { type ArtifactRef, ServingPackage } from "@millrace/contracts";
import { addPrompt, openingOf } from "@millrace/features";
import { loadTokenizer, type Tokenizer } from "@millrace/tokenizer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPromptCounter } from "./prompt_counter.ts";
import { storeTinyPackage } from "./testing/tiny_package.ts";

let dir: string;
let artifacts: Artifacts;
let stored: ArtifactRef;
let content: ServingPackage;
let tokenizer: Tokenizer;
const read = async (sha256: string): Promise<string> => new TextDecoder().decode(await artifacts.bytes(sha256));
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-prompts-"));
  artifacts = fileStore(dir).forProject("default");
  stored = await storeTinyPackage(artifacts, 1);
  content = ServingPackage.parse(JSON.parse(await read(stored.sha256)));
  tokenizer = loadTokenizer(await read(content.tokenizer.sha256));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test("count() counts what the beginning of a prompt is like, as documents are counted, and no short ones", async () => {
  const long = "Why does the mill wheel turn when the race is full of water? 🌊";
  const prompts = [long, "too short", `${long} And then?`].map((text) => [...tokenizer.encode(text)]);
  const text = openingOf(long) ?? "";
  const expected: Record<string, number[]> = {};
  const opening = { text, tokens: tokenizer.encodeOrdinary(text) };
  addPrompt(expected, opening);
  addPrompt(expected, opening);
  const counted = await createPromptCounter().count(artifacts, stored.sha256, prompts);
  expect(counted).toEqual({ profile: content.profile?.sha256, features: expected });
  expect(JSON.stringify(counted)).not.toContain("mill");
});

test("count() has nothing to count by in a package without a profile", async () => {
  const { profile: _, ...former } = content;
  const bytes = new TextEncoder().encode(JSON.stringify(former));
  const { sha256 } = await artifacts.put(bytes, "application/json");
  expect(await createPromptCounter().count(artifacts, sha256, [[1, 2]])).toBeNull();
});

test("count() reads a package once", async () => {
  const counter = createPromptCounter();
  const first = await counter.count(artifacts, stored.sha256, []);
  const away: Artifacts = { ...artifacts, bytes: () => Promise.reject(new Error("the store is away")) };
  expect(await counter.count(away, stored.sha256, [])).toEqual(first);
  await expect(createPromptCounter().count(away, stored.sha256, [])).rejects.toThrow("the store is away");
});
