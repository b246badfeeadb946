import { expect, test } from "vitest";
import { topologicalOrder } from "../graph.ts";
import { evaluate } from "../reference/evaluate.ts";
import { otherCases } from "../testing/operation_cases.ts";
import { plainBits } from "./plain_bits.ts";

const CASES = otherCases().filter(({ name }) => name.includes("bitwiseXor") || name.includes("their bits"));

test.each(CASES)("plainBits() leaves what $name comes to, without operations on bits", ({ output, feeds }) => {
  const [plain] = plainBits([output]);
  const operations = topologicalOrder([plain!]).flatMap((node) => (node.kind === "operation" ? [node.op] : []));
  expect(operations).toContain("Gather");
  expect(operations.filter((op) => op.startsWith("Bit"))).toEqual([]);
  expect(evaluate([plain!], feeds)).toEqual(evaluate([output], feeds));
});
