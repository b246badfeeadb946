import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Document } from "./document.ts";
import { readDocuments, sourceFormat } from "./reader.ts";
import type { ReadRecord, SourceFile } from "./reader.ts";
import { DEFAULT_READ_LIMITS } from "./readers/read_limits.ts";
import type { ReadLimits } from "./readers/read_limits.ts";
import type { Quarantine } from "./readers/unreadable.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield bytes("half");
  throw new Error("disk gone");
}

async function read(file: SourceFile, limits?: Partial<ReadLimits>): Promise<ReadRecord[]> {
  return await Array.fromAsync(readDocuments(file, { ...DEFAULT_READ_LIMITS, ...limits }));
}

async function readOne(file: SourceFile, limits?: Partial<ReadLimits>): Promise<Document> {
  const [record] = await read(file, limits);
  if (record?.ok !== true) throw new Error(`wanted a document, found ${JSON.stringify(record)}`);
  return record.document;
}

async function quarantine(file: SourceFile, limits?: Partial<ReadLimits>): Promise<Quarantine> {
  const [record] = await read(file, limits);
  if (record?.ok !== false) throw new Error(`wanted a quarantine record, found ${JSON.stringify(record)}`);
  return record.quarantine;
}

describe("readDocuments() reads", () => {
  test("readDocuments() gives one document for a text file", async () => {
    const document = await readOne({ path: "a/b.txt", content: bytes("Hello\nworld") });
    expect(document.text).toBe("Hello\nworld");
    expect(document.source).toEqual({ path: "a/b.txt", record: 0, sizeBytes: 11, offset: 0 });
    expect(document.metadata).toEqual({ format: "text", charset: "utf-8" });
  });

  test("readDocuments() reads gzip when the name ends in .gz", async () => {
    expect((await readOne({ path: "a.txt.gz", content: gzipSync("one") })).text).toBe("one");
  });

  test("readDocuments() gives a document a JSON line with its place and metadata", async () => {
    const lines = '{"text":"first","id":"x1","lang":"en"}\n\n{"text":"zweite","metadata":{"year":2020,"tags":["a"]}}\n';
    const [first, second] = await read({ path: "a.jsonl", content: bytes(lines) });
    expect(first).toMatchObject({ document: { text: "first", metadata: { recordId: "x1", lang: "en" } } });
    expect(second).toMatchObject({
      document: { source: { record: 2, offset: 40 }, metadata: { year: 2020, tags: '["a"]' } },
    });
  });

  test("readDocuments() gives the same records however the bytes are cut into chunks", async () => {
    const content = bytes('{"text":"ä"}\n{"text":\n{"text":"c"}\r\n\n"d"');
    const whole = await read({ path: "a.jsonl", content });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), async (sizes) => {
        async function* chunks(): AsyncGenerator<Uint8Array> {
          for (let at = 0, n = 0; at < content.length; n += 1) {
            const size = sizes[n % sizes.length] ?? 1;
            yield content.subarray(at, at + size);
            at += size;
          }
        }
        expect(await read({ path: "a.jsonl", content: chunks() })).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  test("readDocuments() takes front matter out of Markdown as metadata", async () => {
    const document = await readOne({ path: "a.md", content: bytes("---\ntitle: 'A b'\ndraft: true\n---\n\n# Head\n") });
    expect(document.text).toBe("# Head\n");
    expect(document.metadata).toMatchObject({ title: "A b", draft: true, format: "markdown" });
  });

  test("readDocuments() keeps HTML as it is for the extraction step", async () => {
    const document = await readOne({ path: "a.html", content: bytes("<p>Hi</p>") });
    expect(document.text).toBe("<p>Hi</p>");
    expect(document.metadata.format).toBe("html");
  });

  test("readDocuments() reads doc comments of declaration files", async () => {
    const document = await readOne({ path: "a.d.ts", content: bytes("/** Adds. */\nexport function add(): void;") });
    expect(document.text).toBe("### add\n\nAdds.");
  });
});

describe("readDocuments() quarantines", () => {
  test("readDocuments() quarantines each bad JSON line with its place and reads the rest", async () => {
    const content = Buffer.concat([
      bytes('{"text":"a"}\nnot json\n{"no":"text"}\n{"text":"'),
      new Uint8Array([0xff]),
      bytes('"}\n{"text":" "}\n[1]\n{"text":12}\n{"text":"b"}\n'),
    ]);
    const records = await read({ path: "a.jsonl", content });
    expect(records.map((record) => (record.ok ? record.document.text : record.quarantine.reason))).toEqual([
      "a",
      "invalid_json",
      "missing_text",
      "invalid_utf8",
      "empty_document",
      "missing_text",
      "missing_text",
      "b",
    ]);
    expect(records[6]).toMatchObject({
      quarantine: { detail: expect.stringContaining('found a number at "text", wanted') },
    });
    expect(records[1]).toMatchObject({ quarantine: { path: "a.jsonl", record: 1, offset: 13 } });
    expect(records[1]).toMatchObject({ quarantine: { detail: "found no JSON" } });
    expect(records.map((record) => (record.ok ? 0 : record.quarantine.sizeBytes))).toEqual([
      0, 8, 13, 12, 12, 3, 11, 0,
    ]);
  });

  test("readDocuments() keeps the lines before the break of a truncated gzip file", async () => {
    const lines = Array.from({ length: 4000 }, (_, n) => `{"text":"line ${n} ${Math.imul(n, 2654435761)}"}\n`).join("");
    const whole = gzipSync(lines);
    const records = await read({ path: "a.jsonl.gz", content: whole.subarray(0, whole.length - 2000) });
    expect(records.filter((record) => record.ok).length).toBeGreaterThan(100);
    const last = records.at(-1);
    if (last?.ok !== false) throw new Error("the break was not told");
    expect(last.quarantine).toMatchObject({
      reason: "corrupt_gzip",
      detail: expect.stringMatching(/: unexpected end/),
    });
    // The line in which it broke, and not the file.
    expect(last.quarantine.sizeBytes).toBeLessThan(40);
  });

  test("readDocuments() gives no size of its own to a file that is no gzip, and says what was found", async () => {
    const found = await quarantine({ path: "a.jsonl.gz", content: bytes("not gzip") });
    expect(found.detail).toBe("gzip data ended or broke after 0 bytes: incorrect header check");
    expect(found).not.toHaveProperty("sizeBytes");
  });

  test.each([
    ["a.pdf", bytes("x"), "unsupported_format"],
    ["a.txt", new Uint8Array([0x50, 0x4b, 3, 4, 0, 0]), "binary_content"],
    ["a.txt", bytes(" \n"), "empty_document"],
    ["a.txt", new Uint8Array(0), "empty_document"],
    ["a.txt.gz", bytes("not gzip"), "corrupt_gzip"],
    ["a.txt.gz", gzipSync("some text").subarray(0, 12), "corrupt_gzip"],
    ["a.txt.gz", Buffer.concat([gzipSync("first member"), gzipSync("second member")]), "corrupt_gzip"],
    ["a.html.gz", gzipSync(new Uint8Array(8_000_000)), "expands_too_much"],
  ])("readDocuments() quarantines %s with %o as %s", async (path, content, reason) => {
    expect(await quarantine({ path, content })).toMatchObject({ path, reason });
  });

  test("readDocuments() quarantines what is larger than a limit", async () => {
    const content = bytes("0123456789");
    expect((await quarantine({ path: "a.txt", content }, { maxFileBytes: 9 })).reason).toBe("file_too_large");
    expect((await quarantine({ path: "a.txt", content }, { maxDocumentBytes: 9 })).reason).toBe("document_too_large");
    const zipped = { path: "a.txt.gz", content: gzipSync("0123456789") };
    expect((await quarantine(zipped, { maxFileBytes: 9 })).reason).toBe("file_too_large");
  });

  test("readDocuments() skips one overlong JSON line and reads the next", async () => {
    const content = bytes(`{"text":"${"x".repeat(100)}"}\n{"text":"short"}\n`);
    const records = await read({ path: "a.jsonl", content }, { maxDocumentBytes: 50 });
    expect(records).toMatchObject([{ quarantine: { reason: "document_too_large" } }, { document: { text: "short" } }]);
  });

  test("readDocuments() quarantines a file whose reading fails midway", async () => {
    expect(await quarantine({ path: "a.txt", content: broken() })).toMatchObject({ reason: "read_failed", offset: 4 });
    const zipped = await quarantine({ path: "a.txt.gz", content: broken() });
    expect(zipped.detail).toContain("disk gone");
  });

  test("readDocuments() never throws for any bytes", async () => {
    const paths = fc.constantFrom("a.txt", "a.md", "a.html", "a.jsonl", "a.d.ts", "a.txt.gz", "a.jsonl.gz");
    await fc.assert(
      fc.asyncProperty(paths, fc.uint8Array({ maxLength: 300 }), async (path, content) => {
        for (const record of await read({ path, content })) expect(typeof record.ok).toBe("boolean");
      }),
    );
  });
});

describe("sourceFormat()", () => {
  test("sourceFormat() looks through .gz and takes either case", () => {
    expect(sourceFormat("x/README.MD")).toBe("markdown");
    expect(sourceFormat("x/index.d.mts")).toBe("declarations");
    expect(sourceFormat("x/page.htm.gz")).toBe("html");
    expect(sourceFormat("x/index.ts")).toBeUndefined();
  });
});
