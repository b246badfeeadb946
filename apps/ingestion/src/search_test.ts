import { expect, test } from "vitest";
import { hitsOf } from "./search.ts";

test("hitsOf() takes the marks out and tells where they were", () => {
  expect(hitsOf("the \uFDD0mill\uFDD1 and the \uFDD0race\uFDD1")).toEqual({
    passage: "the mill and the race",
    hits: [
      { start: 4, end: 8 },
      { start: 17, end: 21 },
    ],
  });
});
