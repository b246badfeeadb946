import { type Document, type Message, POLICIES, writeConversation } from "@millrace/corpus";
import { expect, test } from "vitest";
import { cleanConversation } from "./clean_conversation.ts";
import type { Cleaned } from "./cleaner.ts";

const OPTIONS = {
  policy: POLICIES.minimal,
  languages: [],
  scrub: true,
  detectLanguage: () => ({ language: "en", confidence: 1 }),
  licence: undefined,
};

function cleaned(messages: readonly Message[], metadata: Document["metadata"] = {}): Promise<Cleaned> {
  const source = { path: "a.jsonl", record: 0 };
  return cleanConversation({ id: "a", source, metadata, ...writeConversation(messages) }, OPTIONS);
}

async function keyOf(...contents: readonly string[]): Promise<string> {
  const one = await cleaned(contents.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })));
  return one.passed ? one.document.exact : expect.fail("the conversation was left out");
}

test("cleanConversation() takes only equal messages for the same", async () => {
  expect(await keyOf("How?", "if a:\n  b")).toBe(await keyOf("How?", "if a:\n  b"));
  expect(await keyOf("How?", "if a:\n  b")).not.toBe(await keyOf("How?", "if a:\n    b"));
  expect(await keyOf("a\n\nassistant: b\n\nuser: c", "d")).not.toBe(await keyOf("a", "b", "c", "d"));
});

test("cleanConversation() quotes nothing of a conversation that it quarantines, which stays when it is forgotten", async () => {
  const left = await cleaned(
    [
      { role: "user", content: "# Anna Miller\n" },
      { role: "assistant", content: "\u0000" },
    ],
    { title: "About Anna Miller" },
  );
  expect(left).toMatchObject({ passed: false, dropped: { stage: "quarantine", excerpt: "" } });
  expect(JSON.stringify(left)).not.toContain("Anna");
});
