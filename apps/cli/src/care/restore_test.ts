import { expect, test } from "vitest";
import { untilNone } from "./restore.ts";

test("untilNone() waits for the runs to end, and names those that do not", async () => {
  const looks = [[{ id: "run-1" }, { id: "run-2" }], [{ id: "run-2" }], []];
  await untilNone(() => Promise.resolve(looks.shift() ?? []), 1000);
  expect(looks).toEqual([]);
  await expect(untilNone(() => Promise.resolve([{ id: "run-2" }]), 0)).rejects.toThrow(
    /found run-2 still under way 0 s after being cancelled/,
  );
});
