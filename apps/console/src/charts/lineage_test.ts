import type { Lineage } from "@millrace/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { placeLineage } from "./lineage.ts";

const node = (id: string) => ({ kind: "checkpoint" as const, id, label: id });
const edge = (from: string, to: string) => ({ from, to, relation: "of" });

test("placeLineage() puts each node right of what it was made of, and folds what is farthest", () => {
  const names = ["run", "corpus", "tokenizer", "tokens", "weights", "version", "package", "far-1", "far-2"];
  const lineage: Lineage = {
    nodes: names.map(node),
    edges: [
      edge("run", "corpus"),
      edge("corpus", "tokenizer"),
      edge("corpus", "tokens"),
      edge("tokenizer", "tokens"),
      edge("tokens", "weights"),
      edge("run", "weights"),
      edge("weights", "version"),
      edge("tokenizer", "version"),
      edge("version", "package"),
      edge("far-2", "far-1"),
      edge("far-1", "run"),
    ],
  };
  const { placed, folded } = placeLineage(lineage, "version");
  const columns = Object.fromEntries(placed.map(({ node: { id }, column }) => [id, column]));
  expect(columns).toEqual({ run: 0, corpus: 1, tokenizer: 2, tokens: 3, weights: 4, version: 5, package: 6 });
  expect(folded.map(({ id }) => id)).toEqual(["far-1", "far-2"]);
});

test("placeLineage() never puts two nodes in one place, and no edge leads back", () => {
  const graph = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 20 });
  fc.assert(
    fc.property(graph, (pairs) => {
      const nodes = Array.from({ length: 10 }, (_, at) => node(String(at)));
      const edges = pairs.filter(([from, to]) => from < to).map(([from, to]) => edge(String(from), String(to)));
      const { placed, folded } = placeLineage({ nodes, edges }, "5");
      expect(placed.length + folded.length).toBe(10);
      expect(placed).toHaveLength(7);
      expect(new Set(placed.map(({ column, row }) => `${column} ${row}`)).size).toBe(7);
      const columns = new Map(placed.map(({ node: { id }, column }) => [id, column]));
      for (const { from, to } of edges) {
        const [left, right] = [columns.get(from), columns.get(to)];
        if (left !== undefined && right !== undefined) expect(left).toBeLessThan(right);
      }
    }),
  );
});
