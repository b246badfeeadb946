import { expect, test } from "vitest";
import { readChatTemplate } from "./read_template.ts";

test("readChatTemplate() finds a template where transformers does, with the tokens it may name", () => {
  const tokens = {
    bos_token: "<s>",
    eos_token: { content: "</s>", special: true },
    pad_token: null,
    add_bos_token: true,
  };
  const specialTokens = { bos_token: "<s>", eos_token: "</s>" };
  const config = (chat_template: unknown): string => JSON.stringify({ ...tokens, chat_template });
  expect(readChatTemplate(config("a"), undefined)).toEqual({ template: "a", specialTokens });
  expect(readChatTemplate(config("a"), "b")).toEqual({ template: "b", specialTokens });
  const several = [
    { name: "tool_use", template: "c" },
    { name: "default", template: "d" },
  ];
  expect(readChatTemplate(config(several), undefined)).toEqual({ template: "d", specialTokens });
  expect(readChatTemplate(JSON.stringify(tokens), undefined)).toBeUndefined();
  expect(readChatTemplate(undefined, undefined)).toBeUndefined();
});

test.each([
  ["{", undefined, /no JSON object/],
  ['{"chat_template": 7}', undefined, /neither text nor a list/],
  ['{"chat_template": [{"name": "other", "template": "a"}]}', undefined, /neither text nor a list/],
  ["{}", "a".repeat(65_537), /65537 characters/],
])("readChatTemplate() refuses %j", (config, jinja, message) => {
  expect(() => readChatTemplate(config, jinja)).toThrow(message);
});
