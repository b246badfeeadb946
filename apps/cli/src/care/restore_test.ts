import { expect, test } from "vitest";
import { untilNone } from "./restore.ts";

test("untilNone() waits for the runs to end, and names those that do not", async () => {
  const looks = [[{ id: "run-1" }, { id: "run-2" }], [{ id: "run-2" }], []];
  await untilNone(
    () => Promise.resolve(looks.shift() ?? []),
    1000,
    () => 0,
  );
  expect(looks).toEqual([]);
  await expect(
    untilNone(
      () => Promise.resolve([{ id: "run-2" }]),
      0,
      () => 0,
    ),
  ).rejects.toThrow(/found run-2 still under way 0 s after being cancelled/);
});

test("untilNone() counts the time that looks take", async () => {
  let [nowMs, looks] = [0, 0];
  const slow = () => {
    nowMs += 600;
    looks++;
    return Promise.resolve([{ id: "run-1" }]);
  };
  await expect(untilNone(slow, 1000, () => nowMs)).rejects.toThrow(/found run-1 still under way 1 s after/);
  expect(looks).toBe(2);
});
