import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trainBpe } from "@millrace/tokenizer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { trainTokenizer } from "../filters/train_tokenizer.ts";
import { UsageError } from "../usage_error.ts";
import { jsonLines, runFilter } from "../testing/run_filter.ts";

let folder = "";
let bpe = "";
const LINES = Array.from({ length: 50 }, (_, index) => `the mill race turns the mill wheel ${index}\n`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-tokenizer-"));
  bpe = join(folder, "bpe.json");
  const corpus = join(folder, "corpus.txt");
  await writeFile(corpus, LINES.join(""));
  await runFilter(["tokenizer", "train", "--kind", "bpe", "--vocab-size", "270", "--output", bpe, corpus]);
});
afterAll(() => rm(folder, { recursive: true }));

describe("millrace tokenizer train", () => {
  test("writes what trainBpe() makes of the lines of a text file", async () => {
    const { json } = await trainBpe(LINES, { vocabularySize: 270 });
    expect(await readFile(bpe, "utf8")).toBe(json);
  });

  test("learns WordPiece from JSON lines, leaves out what is no record, and says so", async () => {
    const output = join(folder, "wordpiece.json");
    const input = `${jsonLines(...LINES, { id: "a", text: "the mill" })}[1]\n`;
    const args = ["tokenizer", "train", "--kind", "wordpiece", "--vocab-size", "60", "--output", output];
    const { code, records, errors } = await runFilter(args, input);
    expect(records).toEqual([expect.objectContaining({ output, kind: "wordpiece", vocabularySize: 60 })]);
    expect(errors).toMatch(/^millrace tokenizer train: stdin:52: [^\n]*\n$/);
    expect(code).toBe(1);
    expect(JSON.parse(await readFile(output, "utf8"))).toMatchObject({ model: { type: "WordPiece" } });
  });

  test("takes the characters that there are for tokens, without a number of them", async () => {
    const output = join(folder, "characters.json");
    const args = ["tokenizer", "train", "--kind", "characters", "--output", output];
    const { records } = await runFilter(args, jsonLines("the mill"));
    expect(records).toEqual([{ output, kind: "characters", vocabularySize: 9 }]);
    const encoded = await runFilter(["tokenizer", "encode", "--tokenizer", output], jsonLines("hat!"));
    expect(encoded.records).toEqual([[4, 1, 8, 1]]);
    for (const wrong of [[...args, "--vocab-size", "9"], args.with(3, "bpe")]) {
      expect((await runFilter(wrong, jsonLines("the mill"))).code).toBe(2);
    }
  });

  test("fails, and writes nothing, when the text supports fewer tokens", async () => {
    const output = join(folder, "never.json");
    const args = ["tokenizer", "train", "--kind", "bpe", "--vocab-size", "5000", "--output", output];
    const { code, errors } = await runFilter(args, jsonLines("the mill"));
    expect(code).toBe(1);
    expect(errors).toMatch(/the text supports at most \d+/);
    await expect(readFile(output)).rejects.toThrow("ENOENT");
  });

  test("refuses a vocabulary size that is no whole number as wrong usage", async () => {
    const { code } = await runFilter(["tokenizer", "train", "--vocab-size", "8k", "--output", join(folder, "x.json")]);
    expect(code).toBe(2);
  });

  test.each(["bpe", "wordpiece"] as const)(
    "refuses a vocabulary that has no room for its least tokens: %s",
    async (kind) => {
      const training = { kind, vocabSize: 5, output: join(folder, "x.json") };
      const refused = trainTokenizer([], training);
      await expect(refused).rejects.toThrow(UsageError);
      await expect(refused).rejects.toThrow(/--vocab-size: vocabularySize: expected .* or more, found 5$/);
    },
  );
});

describe("millrace tokenizer encode and decode", () => {
  test("give back every text, and recognise special tokens without adding one", async () => {
    const texts = ["the mill<|endoftext|>wheel", "Mühle \u{1f3e0}\n\u2028", ""];
    const encoded = await runFilter(["tokenizer", "encode", "--tokenizer", bpe], jsonLines(...texts));
    const ids = encoded.records as number[][];
    expect(ids.map((row) => row.filter((id) => id === 0).length)).toEqual([1, 0, 0]);
    expect(ids[2]).toEqual([]);
    const decoded = await runFilter(["tokenizer", "decode", "--tokenizer", bpe], jsonLines(...ids));
    expect(decoded.records).toEqual(texts);
  });

  test("report an id outside the vocabulary by its place, and go on", async () => {
    const { code, records, errors } = await runFilter(["tokenizer", "decode", "--tokenizer", bpe], "[9999]\n[]\n");
    expect({ code, records }).toEqual({ code: 1, records: [""] });
    expect(errors).toMatch(/^millrace tokenizer decode: stdin:1: .*9999/);
  });

  test("refuse a file that is no tokenizer as wrong usage", async () => {
    const { code, errors } = await runFilter(
      ["tokenizer", "encode", "--tokenizer", join(folder, "corpus.txt")],
      '"x"\n',
    );
    expect(code).toBe(2);
    expect(errors).toMatch(/^millrace tokenizer: --tokenizer .*corpus\.txt: Cannot read tokenizer\.json/);
  });
});
