import { expect, test } from "vitest";
import { openingFailed } from "./opening_failed.ts";

test.each([
  [{ name: "ErrnoError", errno: 51 }, "in /data: ENOSPC: no space left on the disk"],
  [{ name: "ErrnoError", errno: 4 }, "in /data: WASI's error 4"],
  [new Error("Aborted()"), "in /data: Aborted()"],
  ["odd", 'in /data: "odd"'],
])("openingFailed() says what %j means", (thrown, said) => {
  const error = openingFailed("/data", thrown);
  expect(error.message).toBe(`opening the embedded database ${said}`);
  expect(error.cause).toBe(thrown);
});
