/** From the files of a shard to documents, with what could not be read beside them. */
import type { DroppedDocument, SourcePlan } from "@millrace/contracts";
import { DEFAULT_READ_LIMITS, type Document, documentId, readDocuments } from "@millrace/corpus";
import type { SourceFiles } from "./source_files.ts";
import { splitLongText } from "./split_long_text.ts";

export type Read =
  | { readonly ok: true; readonly document: Document; readonly licence: string | undefined }
  | { readonly ok: false; readonly dropped: DroppedDocument };

type PlannedSource = SourcePlan["sources"][number];

/**
 * Reads the documents of planned files, in order. A file that has changed since the list was frozen is set aside: its documents would
 * depend on when they were read.
 */
export async function* readSources(
  files: SourceFiles,
  root: string,
  sources: readonly PlannedSource[],
  maxDocumentBytes: number,
): AsyncGenerator<Read> {
  for (const source of sources) {
    const content = await contentOf(files, root, source);
    if ("dropped" in content) {
      yield { ok: false, dropped: content.dropped };
      continue;
    }
    const limits = { ...DEFAULT_READ_LIMITS, maxDocumentBytes };
    for await (const read of readDocuments({ path: source.path, content: content.bytes }, limits)) {
      if (read.ok) {
        for (const document of await partsOf(read.document)) yield { ok: true, document, licence: source.licence };
        continue;
      }
      const { path, record: place, reason, detail } = read.quarantine;
      const at = place === 0 ? path : `${path}#${place + 1}`;
      const id = await documentId(path, place);
      const record = quarantined(id, at, reason, detail, source.sizeBytes);
      // A file without text (declarations without comments) is readable: it is left out, not set aside.
      const isEmpty = reason === "empty_document";
      yield {
        ok: false,
        dropped: isEmpty ? { ...record, stage: "filter", sizeBytes: 0, reasons: [{ code: "empty", detail }] } : record,
      };
    }
  }
}

async function contentOf(
  files: SourceFiles,
  root: string,
  source: PlannedSource,
): Promise<{ bytes: Uint8Array } | { dropped: DroppedDocument }> {
  const id = await documentId(source.path, 0);
  let bytes: Uint8Array;
  try {
    bytes = await files.read(root, source.path);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { dropped: quarantined(id, source.path, "unreadable", detail, source.sizeBytes) };
  }
  if ((await sha256(bytes)) !== source.sha256) {
    const detail = "the file has changed since the source list was frozen";
    return { dropped: quarantined(id, source.path, "changed", detail, source.sizeBytes) };
  }
  return { bytes };
}

/** SHA-256, hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function quarantined(id: string, source: string, code: string, detail: string, sizeBytes: number): DroppedDocument {
  return { id, source, stage: "quarantine", reasons: [{ code, detail }], sizeBytes, excerpt: "" };
}

/** Long plain text in parts, each a document of its own under the path with the part's number. */
async function partsOf(document: Document): Promise<Document[]> {
  const { format } = document.metadata;
  const parts = format === "text" || format === "markdown" ? splitLongText(document.text) : [document.text];
  if (parts.length === 1) return [document];
  return Promise.all(
    parts.map(async (text, index) => {
      const path = index === 0 ? document.source.path : `${document.source.path}#${index + 1}`;
      return { ...document, id: await documentId(path, 0), text, source: { ...document.source, path } };
    }),
  );
}
