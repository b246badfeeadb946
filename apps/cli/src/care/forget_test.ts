import type { DroppedDocument } from "@millrace/contracts";
import { expect, test } from "vitest";
import { previewLines } from "./forget.ts";

const found = {
  id: "a".repeat(64),
  source: "docs/mill.md",
  stage: "deduplicate",
  reasons: [],
  excerpt: "The mill",
  sizeBytes: 8,
} satisfies DroppedDocument;

test.each([
  [1, "  1 other document says the same and stays; forget it as well:"],
  [2, "  2 other documents say the same and stay; forget them as well:"],
])("previewLines() counts %d in words", (count, wanted) => {
  const copies = Array.from({ length: count }, (_, at) => `copy-${at}`);
  const document = { fate: "dropped" as const, document: found, places: [] };
  const lines = previewLines({ trace: { document, tokens: [], versions: [] }, copies, deployments: [] });
  expect(lines.slice(-1 - count)).toEqual([wanted, ...copies.map((id) => `    ${id}`)]);
});
