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
  [[user, { role: "tool", content: "1" }], /messages\[1\]: found the role "tool"/],
  [[user, { ...assistant, tool_calls: [] }], /found the key "tool_calls"/],
  [[{ role: "user", content: [{ type: "image_url" }] }, assistant], /content that is no text/],
  [[{ role: "user", content: " \n" }, assistant], /messages\[0\]: found no content/],
  [[user, { ...assistant, weight: 2 }], /the weight 2/],
  [[{ ...user, weight: 0 }, assistant], /the weight 0 at one of user/],
  [[user, { ...assistant, weight: 0 }], /only answers of weight 0/],
  [[null], /messages\[0\]: found no object/],
])("readMessages() refuses %j", (value, detail) => {
  expect(readMessages(value)).toMatchObject({ ok: false, detail: expect.stringMatching(detail) as string });
});
