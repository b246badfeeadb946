import { readFileSync } from "node:fs";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenizerFormatError, TooManyCharactersError } from "./errors.ts";
import { loadTokenizer } from "./load_tokenizer.ts";
import { trainCharacters } from "./train_characters.ts";

interface Golden {
  readonly json: string;
  readonly encodings: readonly { text: string; ids: readonly number[]; decoded: string }[];
}

const read = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), "utf8");
const golden = JSON.parse(read("characters_golden.json")) as Golden;
const { json } = await trainCharacters([read("sample.txt")]);
const tokenizer = loadTokenizer(json);

describe("against the tokenizers library", () => {
  test("trainCharacters() writes the file that the library writes of the same characters", () => {
    expect(JSON.parse(json)).toEqual(JSON.parse(golden.json));
  });

  test.each(golden.encodings)(
    "encode() and decode() give what the library gives of $text",
    ({ text, ids, decoded }) => {
      expect([...tokenizer.encode(text)]).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(decoded);
    },
  );
});

test("encode() and decode() give what @huggingface/tokenizers gives for any text", () => {
  const peer = new Peer(JSON.parse(json), {});
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("<|endoftext|>", "\ud83d", "the "));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (parts) => {
      const ids = [...tokenizer.encode(parts.join(""))];
      expect(ids).toEqual(peer.encode(parts.join(""), { add_special_tokens: false }).ids);
      if (ids.length === 0) return;
      const theirs = peer.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
      expect(tokenizer.decode(ids)).toBe(theirs);
    }),
  );
});

test("a character that the texts did not have is U+FFFD, there and back, and streams as one", async () => {
  const { json: own } = await trainCharacters(["ba", "ab\n"]);
  const small = loadTokenizer(own);
  expect(small.vocabularySize).toBe(5);
  expect([...small.encodeOrdinary("a😀b\ud83d\n")]).toEqual([3, 1, 4, 1, 2]);
  expect(small.decode([3, 1, 4])).toBe("a\ufffdb");
  const decoder = small.streamDecoder();
  expect([decoder.push(1), decoder.push(3), decoder.flush()]).toEqual(["\ufffd", "a", ""]);
  expect(() => small.decode([5])).toThrow(new RangeError("Cannot decode token 5: the vocabulary has no such id"));
});

test("encodeOrdinary() gives no special token, whatever a document says", () => {
  expect([...tokenizer.encodeOrdinary("<|endoftext|>")]).not.toContain(0);
  expect([...tokenizer.encode("<|endoftext|>")]).toEqual([0]);
});

test("trainCharacters() gives the same bytes for any order of the texts, and takes half a surrogate pair for U+FFFD", async () => {
  const { json: one } = await trainCharacters(["b\ud83d", "a"]);
  expect((await trainCharacters(["a", "ab"])).json).toBe(one);
});

test("trainCharacters() refuses texts of more characters than a vocabulary may have, special tokens counted", async () => {
  // The end of text and U+FFFD beside them.
  const text = Array.from({ length: 199_999 }, (_, at) => String.fromCodePoint(0x20000 + at)).join("");
  const failure = await trainCharacters([text]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TooManyCharactersError);
  expect((failure as Error).message).toContain("found a vocabulary of 200001, wanted at most 200000");
});

test("trainCharacters() refuses special tokens that are characters, and stops when its signal is aborted", async () => {
  await expect(trainCharacters(["ab"], { specialTokens: ["a"] })).rejects.toThrow("none a character");
  const signal = AbortSignal.abort(new Error("stop the wheel"));
  await expect(trainCharacters(["a".repeat(300_000)], { signal })).rejects.toThrow("stop the wheel");
});

test.each([
  ["model.vocab", { vocab: { ab: 2, "\ufffd": 1 } }],
  ["model.unk_token", { unk_token: null }],
  ["model.fuse_unk", { fuse_unk: true }],
])("loadTokenizer() refuses a file of characters with another %s", (path, change) => {
  const file = JSON.parse(json) as { model: object };
  const read = (): unknown => loadTokenizer(JSON.stringify({ ...file, model: { ...file.model, ...change } }));
  expect(read).toThrow(TokenizerFormatError);
  expect(read).toThrow(path);
});
