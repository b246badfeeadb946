import { expect, test } from "vitest";
import { shielded } from "./shield.ts";

test.each([
  ["|||A|||||B|||", ["|||A|||", "|||B|||"]],
  ["aaa", ["aa"]],
  ["<|a|>a|>", ["<|a|>", "|>a|>"]],
])("shielded() leaves no special token in %j, also where two overlap (%j)", (content, reserved) => {
  const [message] = shielded([{ role: "user", content, name: content }], reserved);
  for (const token of reserved) {
    expect(message?.content).not.toContain(token);
    expect(message?.name).not.toContain(token);
  }
  expect(message?.content.replaceAll("\ufdd0", "")).toBe(content);
});
