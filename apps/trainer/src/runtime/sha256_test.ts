import { expect, test } from "vitest";
import { sha256 } from "./sha256.ts";

test.each([0, 3, 2 ** 24, 2 ** 24 + 5])("sha256() is that of the whole: %i bytes", async (length) => {
  const bytes = new Uint8Array(length).map((_, index) => index * 7 + (index >> 8));
  const whole = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  expect(await sha256(bytes)).toBe(Buffer.from(whole).toString("hex"));
});
