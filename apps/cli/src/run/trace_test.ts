import { expect, test } from "vitest";
import { lineageLines } from "./trace.ts";

test("lineageLines() say of what was made what it was made of", () => {
  const nodes = [
    { kind: "run" as const, id: "run-a", label: "run-a" },
    { kind: "corpus" as const, id: "c", label: "9 documents" },
  ];
  const edges = [{ from: "run-a", to: "c", relation: "made by" }];
  expect(lineageLines({ nodes, edges })).toEqual(["  corpus 9 documents  made by  run run-a"]);
});
