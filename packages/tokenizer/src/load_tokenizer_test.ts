import { readFileSync } from "node:fs";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TokenizerFormatError } from "./errors.ts";
import { loadTokenizer } from "./load_tokenizer.ts";
import { trainBpe } from "./train_bpe.ts";

const sample = readFileSync(new URL("testdata/sample.txt", import.meta.url), "utf8");
const specialTokens = ["<|endoftext|>", "<|end|>", "<|end|><|end|>"];
const { json } = await trainBpe([sample], { vocabularySize: 390, specialTokens });
const tokenizer = loadTokenizer(json);
const peer = new Peer(JSON.parse(json), {});

const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...specialTokens,
        "<|end",
        "|>",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "'s",
        "'ll",
        "the wheel",
        " mill",
      ),
      fc.constantFrom(
        "\u0085",
        "\uFEFF",
        "\u00A0",
        "\u200B",
        "\uD83D",
        "\uDE00",
        "😀",
        "👍🏽",
        "e\u0301",
        "水車",
        "Мель",
        "½٣",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(""));

describe("against @huggingface/tokenizers", () => {
  test("encode() gives the same ids for any text", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect([...tokenizer.encode(text)]).toEqual(peer.encode(text, { add_special_tokens: false }).ids);
      }),
      { numRuns: 1000 },
    );
  });

  test("decode() gives the same text for any ids, also where they are no UTF-8", () => {
    const id = fc.integer({ min: specialTokens.length, max: 389 });
    fc.assert(
      fc.property(fc.array(id, { minLength: 1, maxLength: 30 }), (ids) => {
        const text = peer.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
        expect(tokenizer.decode(ids)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});

test("decode() gives back any well-formed text that was encoded, special tokens or not", () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text.toWellFormed());
      expect(tokenizer.decode(tokenizer.encodeOrdinary(text))).toBe(text.toWellFormed());
    }),
  );
});

test("encodeOrdinary() never gives a special token", () => {
  const text = `a${specialTokens.join("b")}`;
  expect([...tokenizer.encode(text)].filter((id) => id < specialTokens.length)).toEqual([0, 1, 2]);
  expect([...tokenizer.encodeOrdinary(text)].every((id) => id >= specialTokens.length)).toBe(true);
});

test("streamDecoder() gives whole characters only, and all of them", () => {
  const text = "水車 👩‍👩‍👧 é\uFEFF";
  const ids = tokenizer.encode(text);
  const decoder = tokenizer.streamDecoder();
  const pieces = Array.from(ids, (id) => decoder.push(id));
  expect(pieces.join("")).toBe(text);
  expect(pieces.some((piece) => piece.includes("\uFFFD"))).toBe(false);
  expect(decoder.flush()).toBe("");
});

test("streamDecoder() ends an unfinished character as U+FFFD", () => {
  const decoder = tokenizer.streamDecoder();
  const [first = 0] = tokenizer.encode("\u{10FFFF}");
  expect(decoder.push(first)).toBe("");
  expect(decoder.flush()).toBe("\uFFFD");
});

test("decode() throws when an id is outside the vocabulary", () => {
  expect(() => tokenizer.decode([390])).toThrow(
    new RangeError("Cannot decode token 390: the vocabulary has no such id"),
  );
});

describe("loadTokenizer() on others' files", () => {
  type File = { readonly model: { readonly merges: readonly string[] } };
  type Edit = (file: File) => object;
  const edited = (edit: Edit): string => {
    const file = JSON.parse(json) as File;
    return JSON.stringify(Object.assign(file, edit(file)));
  };
  const byteLevel = { type: "ByteLevel", add_prefix_space: false };

  test("reads the ByteLevel spelling of the split and merges written as pairs", () => {
    const other = loadTokenizer(
      edited((file) => ({
        pre_tokenizer: byteLevel,
        model: {
          ...file.model,
          merges: file.model.merges.map((merge) => merge.split(" ")),
        },
      })),
    );
    expect(other.encode(sample)).toEqual(tokenizer.encode(sample));
  });

  const refused: [string, string, Edit][] = [
    ["an unknown pre-tokenizer", "pre_tokenizer.type", () => ({ pre_tokenizer: { type: "Metaspace" } })],
    [
      "a prefix space",
      "pre_tokenizer.add_prefix_space",
      () => ({ pre_tokenizer: { ...byteLevel, add_prefix_space: true } }),
    ],
    [
      "an unknown split",
      "pre_tokenizer.pattern.Regex",
      () => ({
        pre_tokenizer: {
          type: "Sequence",
          pretokenizers: [
            { type: "Split", pattern: { Regex: "(a+)+$" }, behavior: "Isolated" },
            { ...byteLevel, use_regex: false },
          ],
        },
      }),
    ],
    ["a normalizer", "file.normalizer", () => ({ normalizer: { type: "NFC" } })],
    ["a unigram model", "model.type", () => ({ model: { type: "Unigram", vocab: {} } })],
    ["byte fallback", "model.byte_fallback", (file) => ({ model: { ...file.model, byte_fallback: true } })],
    ["a merge of unknown tokens", "model.merges[0]", (file) => ({ model: { ...file.model, merges: ["the qq"] } })],
    ["a huge id", 'model.vocab["x"]', (file) => ({ model: { ...file.model, vocab: { x: 2 ** 31 } } })],
    ["two tokens of one id", 'model.vocab["y"]', (file) => ({ model: { ...file.model, vocab: { x: 9, y: 9 } } })],
    [
      "a vocabulary without all bytes",
      "model.vocab",
      (file) => ({ model: { ...file.model, vocab: { x: 9 }, merges: [] } }),
    ],
    [
      "an added token that swallows blanks",
      "added_tokens[0].lstrip",
      () => ({ added_tokens: [{ id: 0, content: "<m>", lstrip: true }] }),
    ],
  ];
  test.each(refused)("refuses %s and names the place (%s)", (_, path, edit) => {
    let caught: unknown;
    try {
      loadTokenizer(edited(edit));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(TokenizerFormatError);
    expect(caught).toMatchObject({ path });
  });

  test("refuses what is no JSON", () => {
    expect(() => loadTokenizer("{")).toThrow(TokenizerFormatError);
  });

  test("reads a damaged file or refuses it as a TokenizerFormatError, whatever the damage", () => {
    const golden = readFileSync(new URL("testdata/huggingface_wordpiece_golden.json", import.meta.url), "utf8");
    const files = [json, (JSON.parse(golden) as { json: string }).json];
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.jsonValue(),
        (file, path, value) => {
          const document = JSON.parse(file) as unknown;
          damage(document, path, value);
          try {
            loadTokenizer(JSON.stringify(document)).encode("the wheel <|end|>");
          } catch (error) {
            expect(error).toBeInstanceOf(TokenizerFormatError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

/** Replaces what lies at a path of choices through a JSON value. */
function damage(document: unknown, path: readonly number[], value: unknown): void {
  let node = document as Record<string, unknown>;
  for (const [depth, choice] of path.entries()) {
    const keys = Object.keys(node);
    const key = keys[choice % keys.length];
    if (key === undefined) return;
    const child = node[key];
    if (depth === path.length - 1 || typeof child !== "object" || child === null) node[key] = value;
    if (typeof child !== "object" || child === null) return;
    node = child as Record<string, unknown>;
  }
}
