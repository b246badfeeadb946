import { expect, test } from "vitest";
import { counted } from "./counted.ts";

test("counted() writes one as one, and thousands apart", () => {
  expect([0, 1, 2, 1200].map((value) => counted(value, "node"))).toEqual([
    "0 nodes",
    "1 node",
    "2 nodes",
    "1,200 nodes",
  ]);
});
