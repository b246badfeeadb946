import { expect, test } from "vitest";
import { evaluationOf } from "./evaluation_of.ts";

const measures = { model: 2, gzip: 3, xzPrimed: 2.5, ngram: 1.5 };
const documents = [new Uint8Array(10), new Uint8Array(5)];

test("evaluationOf() says in its verdict what was not looked at", () => {
  const part = { documents, sizeBytes: 15, eligible: 7, trainingTokens: new Uint16Array(100) };
  expect(evaluationOf(measures, part, 400)).toEqual({
    bitsPerByte: measures,
    verdict:
      "better than gzip and xz that has seen the training text, not better than counting " +
      "(measured on 2 of 7 documents, counting saw 100 of 400 training tokens)",
    documents: 2,
    bytes: 15,
  });
});

test("evaluationOf() adds nothing to the verdict when everything was looked at", () => {
  const all = { documents, sizeBytes: 15, eligible: 2, trainingTokens: new Uint16Array(100) };
  expect(evaluationOf(measures, all, 100).verdict).not.toContain("(");
});
