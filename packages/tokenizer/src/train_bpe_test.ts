import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VocabularyTooLargeError } from "./errors.ts";
import { loadTokenizer } from "./load_tokenizer.ts";
import { trainBpe } from "./train_bpe.ts";

interface Golden {
  readonly vocabularySize: number;
  readonly largestVocabulary: number;
  readonly vocabulary: readonly string[];
  readonly merges: readonly string[];
  readonly encodings: readonly { text: string; ids: readonly number[] }[];
}

const sample = readFileSync(new URL("testdata/sample.txt", import.meta.url), "utf8");
const golden = JSON.parse(readFileSync(new URL("testdata/huggingface_golden.json", import.meta.url), "utf8")) as Golden;
// The peer trains line by line, keeping line ends.
const lines = sample.split(/(?<=\n)/);

describe("against the tokenizers library", () => {
  test("trainBpe() learns the same vocabulary and merges, in the same order", async () => {
    const { json } = await trainBpe(lines, { vocabularySize: golden.vocabularySize });
    const { model } = JSON.parse(json) as { model: { vocab: Record<string, number>; merges: string[] } };
    const vocabulary = Object.entries(model.vocab).sort(([, a], [, b]) => a - b);
    expect(vocabulary.map(([token]) => token)).toEqual(golden.vocabulary);
    expect(model.merges).toEqual(golden.merges);
  });

  test("encode() gives the same ids of hostile texts", async () => {
    const { json } = await trainBpe(lines, { vocabularySize: golden.vocabularySize });
    const tokenizer = loadTokenizer(json);
    for (const { text, ids } of golden.encodings)
      expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(ids);
  });

  test("trainBpe() throws with the largest possible vocabulary when asked for more than the text supports", async () => {
    const failure = await trainBpe(lines, { vocabularySize: 100_000 }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(VocabularyTooLargeError);
    expect(failure).toMatchObject({ requested: 100_000, supported: golden.largestVocabulary });
  });

  test("trainBpe() takes that vocabulary where fewer tokens will do", async () => {
    const fewer = await trainBpe(lines, { vocabularySize: 100_000, orFewer: true });
    expect(fewer.json).toBe((await trainBpe(lines, { vocabularySize: golden.largestVocabulary })).json);
  });
});

test("trainBpe() gives the same bytes for any order of the texts", async () => {
  const expected = await trainBpe(lines, { vocabularySize: 380 });
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(lines, { minLength: lines.length }), async (shuffled) => {
      expect((await trainBpe(shuffled, { vocabularySize: 380 })).json).toBe(expected.json);
    }),
    { numRuns: 10 },
  );
});

test("trainBpe() merges the pair with the smaller ids when two are equally frequent", async () => {
  const { json } = await trainBpe(["cd cd ab ab"], { vocabularySize: 258, specialTokens: [] });
  expect(JSON.parse(json)).toMatchObject({ model: { merges: ["a b", "c d"] } });
});

test("trainBpe() keeps counts right when a symbol overlaps itself", async () => {
  const { json } = await trainBpe(["aaaaaaa aaaaaaa"], { vocabularySize: 258, specialTokens: [] });
  expect(JSON.parse(json)).toMatchObject({ model: { merges: ["a a", "aa aa"] } });
});

test("trainBpe() stops when its signal is aborted", async () => {
  const controller = new AbortController();
  async function* texts(): AsyncGenerator<string> {
    for (;;) {
      yield "round and round it goes ".repeat(1000);
      controller.abort(new Error("stop the wheel"));
    }
  }
  await expect(trainBpe(texts(), { vocabularySize: 300, signal: controller.signal })).rejects.toThrow("stop the wheel");
});

test("trainBpe() refuses a vocabulary without room for all bytes, and repeated special tokens", async () => {
  await expect(trainBpe([], { vocabularySize: 256 })).rejects.toThrow("expected an integer of 257 or more, found 256");
  await expect(trainBpe([], { vocabularySize: 300, specialTokens: ["<s>", "<s>"] })).rejects.toThrow("distinct");
});
