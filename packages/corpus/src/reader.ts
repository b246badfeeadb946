/**
 * Files to documents. A reader never throws for what stands in a file: each file or record which cannot be read becomes a
 * quarantine record with its place and reason, and reading goes on with the next.
 */

import { canonicalSourcePath, documentId } from "./document.ts";
import type { Document, MetadataValue } from "./document.ts";
import { declarationDocs } from "./read_declarations.ts";
import { byteChunks, collectBytes } from "./readers/byte_chunks.ts";
import type { ByteSource } from "./readers/byte_chunks.ts";
import { byteLines } from "./readers/byte_lines.ts";
import { declaredHtmlCharset, decodeStrictly, decodeText, looksBinary } from "./readers/decode_text.ts";
import { parseJsonRecord } from "./readers/json_record.ts";
import { splitFrontMatter, stripInlineHtml } from "./readers/markdown.ts";
import { DEFAULT_READ_LIMITS } from "./readers/read_limits.ts";
import type { ReadLimits } from "./readers/read_limits.ts";
import { UnreadableError } from "./readers/unreadable.ts";
import type { Quarantine, QuarantineReason } from "./readers/unreadable.ts";

/** Forms of file that are read. */
export type SourceFormat = "text" | "markdown" | "html" | "jsonl" | "declarations";

/** A file to read. */
export interface SourceFile {
  /** Path relative to the source list's root, or a URI. Its ending says the format; a last `.gz` says gzip. */
  readonly path: string;
  readonly content: ByteSource;
  /** Charset that came with the file, such as from an HTTP header. */
  readonly charset?: string;
}

/** One thing read: a document, or the reason why there is none. */
export type ReadRecord =
  { readonly ok: true; readonly document: Document } | { readonly ok: false; readonly quarantine: Quarantine };

const FORMATS: readonly { readonly ending: RegExp; readonly format: SourceFormat }[] = [
  { ending: /\.(?:txt|text)$/i, format: "text" },
  { ending: /\.(?:md|markdown|mdx)$/i, format: "markdown" },
  { ending: /\.(?:html?|xhtml)$/i, format: "html" },
  { ending: /\.(?:jsonl|ndjson)$/i, format: "jsonl" },
  { ending: /\.d\.[cm]?ts$/i, format: "declarations" },
];

/** Tells a file's format from its name, or `undefined` when it is none that is read. A last `.gz` is looked through. */
export function sourceFormat(path: string): SourceFormat | undefined {
  const name = path.replace(/\.gz$/i, "");
  return FORMATS.find(({ ending }) => ending.test(name))?.format;
}

/**
 * Reads one file: one document for a text, Markdown, HTML or declaration file, one a line for JSON lines.
 *
 * HTML comes out as it is, with metadata `format: "html"`: extraction is a later step. Metadata always has `format`, and
 * `charset` with `charsetAssumed` where the charset was not certain.
 * @throws {RangeError} If the path itself is not usable, see {@link canonicalSourcePath}.
 */
export async function* readDocuments(
  file: SourceFile,
  limits: ReadLimits = DEFAULT_READ_LIMITS,
): AsyncGenerator<ReadRecord> {
  const path = canonicalSourcePath(file.path);
  const format = sourceFormat(path);
  if (format === undefined) {
    const detail = `found "${path}", wanted .txt, .md, .html, .jsonl or .d.ts, or one of these with .gz`;
    yield quarantined(path, 0, "unsupported_format", 0, detail);
    return;
  }
  const chunks = byteChunks(file.content, /\.gz$/i.test(path), limits);
  if (format === "jsonl") yield* readJsonLines(path, chunks, limits);
  else yield await readWhole(path, format, chunks, file.charset, limits);
}

async function readWhole(
  path: string,
  format: Exclude<SourceFormat, "jsonl">,
  chunks: AsyncIterable<Uint8Array>,
  charset: string | undefined,
  limits: ReadLimits,
): Promise<ReadRecord> {
  let bytes: Uint8Array;
  try {
    bytes = await collectBytes(chunks, limits.maxDocumentBytes);
  } catch (error) {
    if (error instanceof UnreadableError) return quarantined(path, 0, error.reason, error.offset, error.message);
    throw error;
  }
  if (looksBinary(bytes)) {
    return quarantined(path, 0, "binary_content", 0, `found binary data in a file named as ${format}, wanted text`);
  }
  const decoded = decodeText(bytes, charset ?? (format === "html" ? declaredHtmlCharset(bytes) : undefined));
  const { text, metadata } = contentOf(format, decoded.text);
  if (text.trim() === "") {
    return quarantined(path, 0, "empty_document", 0, `found no text in ${bytes.byteLength} bytes, wanted some`);
  }
  const document: Document = {
    id: await documentId(path, 0),
    text,
    source: { path, record: 0, sizeBytes: bytes.byteLength, offset: 0 },
    metadata: {
      ...metadata,
      format,
      charset: decoded.charset,
      ...(decoded.assumed ? { charsetAssumed: true } : {}),
    },
  };
  return { ok: true, document };
}

function contentOf(
  format: Exclude<SourceFormat, "jsonl">,
  text: string,
): { readonly text: string; readonly metadata: Readonly<Record<string, MetadataValue>> } {
  switch (format) {
    case "markdown": {
      const { text: body, metadata } = splitFrontMatter(text);
      return { text: stripInlineHtml(body), metadata };
    }
    case "declarations":
      return { text: declarationDocs(text), metadata: {} };
    case "text":
    case "html":
      return { text, metadata: {} };
  }
}

async function* readJsonLines(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  limits: ReadLimits,
): AsyncGenerator<ReadRecord> {
  let record = 0;
  let end = 0;
  try {
    for await (const line of byteLines(chunks, limits.maxDocumentBytes)) {
      record = line.index + 1;
      end = line.offset + line.sizeBytes + 1;
      if (line.bytes === undefined) {
        const detail = `found a line of ${line.sizeBytes} bytes, wanted at most ${limits.maxDocumentBytes}`;
        yield quarantined(path, line.index, "document_too_large", line.offset, detail, line.sizeBytes);
        continue;
      }
      const text = decodeStrictly(line.bytes, "utf-8");
      if (text?.trim() === "") continue;
      yield await jsonDocument(path, line.index, line.offset, line.sizeBytes, text);
    }
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    // A file that breaks before its first line ends stays outside as a whole, of another the line in which it broke.
    const broken = record === 0 ? undefined : Math.max(0, error.offset - end);
    yield quarantined(path, record, error.reason, error.offset, error.message, broken);
  }
}

async function jsonDocument(
  path: string,
  record: number,
  offset: number,
  sizeBytes: number,
  line: string | undefined,
): Promise<ReadRecord> {
  if (line === undefined) {
    const detail = "found bytes that are not UTF-8, wanted JSON in UTF-8";
    return quarantined(path, record, "invalid_utf8", offset, detail, sizeBytes);
  }
  const parsed = parseJsonRecord(line);
  if (!parsed.ok) return quarantined(path, record, parsed.reason, offset, parsed.detail, sizeBytes);
  if (parsed.text.trim() === "") {
    return quarantined(path, record, "empty_document", offset, 'found an empty "text", wanted some', sizeBytes);
  }
  const document: Document = {
    id: await documentId(path, record),
    text: parsed.text,
    source: { path, record, sizeBytes, offset },
    metadata: { ...parsed.metadata, format: "jsonl", charset: "utf-8" },
    ...(parsed.turns && { turns: parsed.turns }),
  };
  return { ok: true, document };
}

function quarantined(
  path: string,
  record: number,
  reason: QuarantineReason,
  offset: number,
  detail: string,
  sizeBytes?: number,
): ReadRecord {
  const size = sizeBytes === undefined ? {} : { sizeBytes };
  return { ok: false, quarantine: { path, record, reason, offset, ...size, detail } };
}
