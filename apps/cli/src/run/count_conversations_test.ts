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
  const contents: Record<string, string | Uint8Array> = {
    "a.jsonl": talk + text + talk,
    "b.jsonl.gz": gzipSync(talk),
    "c.jsonl.gz": gzipSync(talk.repeat(3)).subarray(0, 12),
    "d.txt": talk,
  };
  const paths = Object.keys(contents).map((name) => join(folder, name));
  for (const [name, content] of Object.entries(contents)) await writeFile(join(folder, name), content);
  expect(await countConversations([...paths, join(folder, "gone.jsonl")])).toBe(3);
});
