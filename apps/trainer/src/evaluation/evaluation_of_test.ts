import { expect, test } from "vitest";
import { evaluationOf } from "./evaluation_of.ts";
import type { Measures } from "./measure.ts";

const bitsPerByte = { model: 2, gzip: 3, xzPrimed: 2.5, ngram: 1.5 };
const measures: Measures = {
  bitsPerByte,
  model: { nats: Float64Array.of(10 * Math.LN2, 5 * Math.LN2), hits: Float64Array.of(2, 0) },
  ngram: { nats: Float64Array.of(20 * Math.LN2, 10 * Math.LN2), hits: Float64Array.of(1, 0) },
  tasks: [],
};
const described = [
  { source: "docs/guide/a.md", language: "en", sizeBytes: 10, tokens: 4 },
  { source: "docs/notes.md#2", language: "en", sizeBytes: 5, tokens: 1 },
];
const documents = [new Uint8Array(10), new Uint8Array(5)];

test("evaluationOf() says in its verdict what was not looked at", () => {
  const part = {
    documents,
    described,
    sizeBytes: 15,
    conversations: 0,
    eligible: 7,
    trainingTokens: new Uint16Array(100),
  };
  expect(evaluationOf(measures, part, 400)).toEqual({
    bitsPerByte,
    verdict:
      "better than gzip and xz that has seen the training text, not better than counting " +
      "(measured on 2 of 7 documents, counting saw 100 of 400 training tokens)",
    documents: 2,
    bytes: 15,
    tokens: 5,
    scores: {
      model: { bitsPerByte: 1, perplexity: expect.closeTo(8, 9), accuracy: 0.4 },
      ngram: { bitsPerByte: 2, perplexity: expect.closeTo(64, 9), accuracy: 0.2 },
    },
    slices: [
      expect.objectContaining({ by: "source", name: "guide/", documents: 1, bytes: 10, tokens: 4 }),
      expect.objectContaining({ by: "source", name: "notes.md", documents: 1, bytes: 5, tokens: 1 }),
    ],
  });
});

test("evaluationOf() adds nothing to the verdict when everything was looked at", () => {
  const all = {
    documents,
    described,
    sizeBytes: 15,
    conversations: 1,
    eligible: 2,
    trainingTokens: new Uint16Array(100),
  };
  expect(evaluationOf(measures, all, 100).verdict).not.toContain("(");
  expect(evaluationOf(measures, all, 100).conversations).toBe(1);
});
