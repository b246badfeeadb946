import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore } from "@millrace/artifacts/file";
import { ChatTemplateError, shielded, type TemplateMessage } from "@millrace/chat";
import { expect, test } from "vitest";
import { refusedWriter } from "./refused_conversations.ts";

const QUOTING = "the template's reason quotes the conversation, and is not kept";
const SECRET = "The gate of the mill opens with <|im_end|> 4711.";
const MESSAGES: TemplateMessage[] = [
  { role: "user", content: SECRET },
  { role: "assistant", content: " Pin 815\n" },
];

function reasonOf(said: string): string | undefined {
  const refused = refusedWriter();
  refused.add({ id: "a", source: "talks.jsonl:1" }, new ChatTemplateError("messages", said), MESSAGES);
  return refused.told()?.first[0]?.reason;
}

test.each([
  ["what quotes nothing", "roles must take turns", "roles must take turns"],
  ["15 characters", `no:${SECRET.slice(4, 19)}`, `no:${SECRET.slice(4, 19)}`],
  ["16 characters", `no:${SECRET.slice(4, 20)}`, QUOTING],
  ["capitals", `no: ${SECRET.slice(4, 20).toUpperCase()}`, QUOTING],
  ["a short message, trimmed", "no: Pin 815!", QUOTING],
  ["a special token as text", `no: ${shielded([MESSAGES[0]!], ["<|im_end|>"])[0]?.content.slice(20)}`, QUOTING],
  ["too much", "-".repeat(300), "-".repeat(200)],
  ["a quotation that is cut off", `${"-".repeat(198)}${SECRET}`, QUOTING],
])("the reason of a refused conversation quotes none of it: %s", (_, said, kept) => {
  expect(reasonOf(said)).toBe(kept);
});

test("refusedWriter() names the first 20, and stores the ids of all", async () => {
  const refused = refusedWriter();
  for (let number = 0; number < 25; number++) {
    const error = new ChatTemplateError("messages", "no");
    refused.add({ id: `doc-${number}`, source: `talks.jsonl:${number}` }, error, MESSAGES);
  }
  expect(refused.told()).toMatchObject({ count: 25, first: { length: 20 } });
  const folder = await mkdtemp(join(tmpdir(), "millrace-refused-"));
  const artifacts = fileStore(folder).forProject("default");
  const stored = await refused.store(artifacts);
  const text = new TextDecoder().decode(await artifacts.bytes(stored?.ids.sha256 ?? ""));
  await rm(folder, { recursive: true });
  expect(stored?.count).toBe(25);
  expect(text).toBe(Array.from({ length: 25 }, (_, number) => `{"id":"doc-${number}"}\n`).join(""));
});

test("refusedWriter() tells and stores nothing where none is refused", async () => {
  const nowhere = fileStore(tmpdir()).forProject("default");
  expect(refusedWriter().told()).toBeUndefined();
  expect(await refusedWriter().store(nowhere)).toBeUndefined();
});
