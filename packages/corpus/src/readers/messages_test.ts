import { expect, test } from "vitest";
import { messagesOf, writeConversation } from "../conversation.ts";
import { readMessages } from "./messages.ts";

const user = { role: "user", content: "How many?" };
const assistant = { role: "assistant", content: "12." };
const system = { role: "system", content: "Be brief." };

test("readMessages() reads turns after at most one message of the system, and which answers are not to be learnt", () => {
  const read = readMessages([system, user, { ...assistant, weight: 0 }, user, { ...assistant, weight: 1 }]);
  expect(read).toEqual({ ok: true, messages: [system, user, { ...assistant, learnt: false }, user, assistant] });
  const { text, turns } = writeConversation(read.ok ? read.messages : []);
  expect(text.split("\n\n")[1]).toBe("user: How many?");
  expect(messagesOf(text, turns)).toEqual(read.ok && read.messages);
});

test.each([
  ["text", /no list under "messages"/],
  [[], /0 messages/],
  [[user], /the last message is of user/],
  [[assistant], /messages\[0\]: found one of assistant, wanted user/],
  [[user, user, assistant], /messages\[1\]: found one of user, wanted assistant/],
  [[user, assistant, system, user, assistant], /messages\[2\]: found one of system, wanted user/],
  [[user, { role: "tool", content: "1" }], /messages\[1\]: found as role "tool"/],
  [[user, { ...assistant, tool_calls: [] }], /found as key "tool_calls"/],
  [[{ role: "user", content: [{ type: "image_url" }] }, assistant], /content that is no text/],
  [[{ role: "user", content: " \n" }, assistant], /messages\[0\]: found no content/],
  [[user, { ...assistant, weight: 2 }], /as weight a value of type number at one of assistant/],
  [[{ ...user, weight: 0 }, assistant], /as weight a value of type number at one of user/],
  [[user, { ...assistant, weight: 0 }], /only answers of weight 0/],
  [[null], /messages\[0\]: found no object/],
  [Array.from({ length: 129 }, () => [user, assistant]).flat(), /258 messages.*wanted a list of 1 to 256/],
  [[user, { ...assistant, content: "a".repeat(400_000) }], /400009 characters in all messages, wanted at most 400000/],
])("readMessages() refuses %j", (value, detail) => {
  expect(readMessages(value)).toMatchObject({ ok: false, detail: expect.stringMatching(detail) as string });
});

test.each([
  [[{ role: "jo@example.org", content: "a" }], /role a text of 14 characters/],
  [[{ ...user, "jo@example.org": 1 }], /key a text of 14 characters/],
  [[user, { ...assistant, weight: "jo@example.org" }], /weight a text of 14 characters/],
  [[user, { ...assistant, weight: { to: "jo@example.org" } }], /weight a value of type object/],
])("readMessages() does not quote what it refuses, which stays when it is forgotten: %j", (value, detail) => {
  const read = readMessages(value);
  expect(read).toMatchObject({ ok: false, detail: expect.stringMatching(detail) as string });
  expect(JSON.stringify(read)).not.toContain("jo@");
});
