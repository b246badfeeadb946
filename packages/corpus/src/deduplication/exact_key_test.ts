import { expect, test } from "vitest";
import { exactKey } from "./exact_key.ts";

test("exactKey() is of NFC text with single spaces, and sees capitals and numbers", async () => {
  expect(await exactKey(" caf\u0065\u0301\n 12 ")).toBe(await exactKey("café 12"));
  expect(await exactKey("café 12")).not.toBe(await exactKey("Café 12"));
  expect(await exactKey("café 12")).not.toBe(await exactKey("café 13"));
});
