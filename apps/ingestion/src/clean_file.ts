/** From the bytes of a file to its cleaned documents, with what could not be read beside them. */
import type { DroppedDocument } from "@millrace/contracts";
import { DEFAULT_READ_LIMITS, type Document, documentId, type LanguageDetector, readDocuments } from "@millrace/corpus";
import { cleanConversation } from "./clean_conversation.ts";
import { cleanDocument } from "./clean_document.ts";
import type { Cleaned, CleaningSettings, SourceContent } from "./cleaner.ts";
import { type PlacedText, splitByPosition } from "./split_by_position.ts";
import { splitLongText } from "./split_long_text.ts";

/** Cleans the documents of a file, in their order. */
export async function* cleanFile(
  { path, bytes, licence }: SourceContent,
  settings: CleaningSettings,
  detectLanguage: LanguageDetector,
): AsyncGenerator<Cleaned> {
  const limits = { ...DEFAULT_READ_LIMITS, maxDocumentBytes: settings.maxDocumentBytes };
  for await (const read of readDocuments({ path, content: bytes }, limits)) {
    if (read.ok) {
      const options = { ...settings, detectLanguage, licence };
      const { turns } = read.document;
      if (turns !== undefined) yield await cleanConversation({ ...read.document, turns }, options);
      else {
        for (const { document, split } of await partsOf(read.document, settings.heldOutEnd)) {
          const cleaned = await cleanDocument(document, options);
          yield split === undefined ? cleaned : placed(cleaned, split, read.document.id);
        }
      }
      continue;
    }
    const { record: place, reason, detail, sizeBytes = bytes.length } = read.quarantine;
    const at = place === 0 ? path : `${path}#${place + 1}`;
    const record = quarantined(await documentId(path, place), at, reason, detail, sizeBytes);
    // A file without text (declarations without comments) is readable: it is left out, not set aside.
    const isEmpty = reason === "empty_document";
    const empty = { stage: "filter" as const, sizeBytes: 0, reasons: [{ code: "empty", detail }] };
    yield { passed: false, dropped: isEmpty ? { ...record, ...empty } : record };
  }
}

/** The record of what could not be read. */
export function quarantined(
  id: string,
  source: string,
  code: string,
  detail: string,
  sizeBytes: number,
): DroppedDocument {
  return { id, source, stage: "quarantine", reasons: [{ code, detail }], sizeBytes, excerpt: "" };
}

function placed(cleaned: Cleaned, split: PlacedText["split"], whole: string): Cleaned {
  return cleaned.passed
    ? { ...cleaned, document: { ...cleaned.document, split, whole } }
    : { ...cleaned, dropped: { ...cleaned.dropped, whole } };
}

/** A document, and the split that it is for if its place in the file says so. */
interface Part {
  readonly document: Document;
  readonly split?: PlacedText["split"];
}

/** Long plain text in parts, each a document of its own under the path with the part's number. */
async function partsOf(document: Document, heldOutEnd: number | undefined): Promise<Part[]> {
  const { format } = document.metadata;
  if (format !== "text" && format !== "markdown") return [{ document }];
  const sides = heldOutEnd === undefined ? [{ text: document.text }] : splitByPosition(document.text, heldOutEnd);
  const parts = sides.flatMap((side) => splitLongText(side.text).map((text) => ({ ...side, text })));
  return Promise.all(
    parts.map(async ({ text, ...side }, index) => {
      if (parts.length === 1) return { document, ...side };
      const path = index === 0 ? document.source.path : `${document.source.path}#${index + 1}`;
      return {
        document: { ...document, id: await documentId(path, 0), text, source: { ...document.source, path } },
        ...side,
      };
    }),
  );
}
