import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countConversations } from "./count_conversations.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-count-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("countConversations() counts lines of messages in plain and packed files, and what a broken one begins with", async () => {
  const talk = `${JSON.stringify({ messages: [{ role: "user", content: 'What is "messages": here?' }] })}\n`;
  const text = `${JSON.stringify({ text: 'A text that names "messages": in quotes.' })}\n`;
  const packed = gzipSync(Array.from({ length: 20_000 }, (_, at) => talk.replace("What", `What ${at}`)).join(""));
  const brokenOff = packed.subarray(0, packed.length / 2);
  const contents: Record<string, string | Uint8Array> = {
    "a.jsonl": talk + text + talk,
    "b.jsonl.gz": gzipSync(talk),
    "c.jsonl.gz": brokenOff,
    "d.txt": talk,
    "e.jsonl": talk + `{"messages": ${"x".repeat(3000)}`,
  };
  const paths = Object.keys(contents).map((name) => join(folder, name));
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
  const [whole, broken, others] = [[0, 1, 3], [2], [4]].map((places) => places.map((at) => paths[at]!));
  expect(await countConversations([...whole!, join(folder, "gone.jsonl")], 1000)).toBe(3);
  expect(await countConversations(broken!, 1000)).toBeGreaterThan(1000);
  // The second line is longer than a document may be.
  expect(await countConversations(others!, 1000)).toBe(1);
  await expect(countConversations(paths, 1000, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
});
