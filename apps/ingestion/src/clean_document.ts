/** One document from its bytes to what the corpus keeps of it, or to the reasons why it does not. */
import type { DroppedDocument } from "@millrace/contracts";
import {
  CORPUS_REPAIR,
  type Document,
  exactKey,
  extractStep,
  FILTER_VERSION,
  filterText,
  fixText,
  type LanguageDetector,
  type Reason,
  REPAIR_VERSION,
  scrub,
  SCRUB_VERSION,
  signature,
  SIGNATURE_VERSION,
  storedSignals,
} from "@millrace/corpus";
import type { Cleaned, CleaningSettings } from "./cleaner.ts";
import { bytesOf } from "./counts.ts";
import type { PassedDocument } from "./passed_document.ts";

/** Names and versions of what is done to each document; part of the corpus' manifest. */
export const CLEANING_STEPS: readonly string[] = [
  `${extractStep.name}@${extractStep.version}`,
  `repair@${REPAIR_VERSION}`,
  "language@1",
  `filter@${FILTER_VERSION}`,
  `scrub@${SCRUB_VERSION}`,
  `signature@${SIGNATURE_VERSION}`,
];

export interface CleaningOptions extends Pick<CleaningSettings, "policy" | "languages" | "scrub"> {
  readonly detectLanguage: LanguageDetector;
  readonly licence: string | undefined;
}

const EXCERPT_UNITS = 400;

/**
 * Cleans one document: extract, repair, language, policy, scrub, signature.
 * @param document As the reader gave it.
 */
export async function cleanDocument(document: Document, options: CleaningOptions): Promise<Cleaned> {
  const extracted = await extractStep.apply(document);
  if (!extracted.kept) {
    const { reason, detail } = extracted.drop;
    // A page that may not be looked into counts as one that could not be read, and nothing of it is shown.
    if (reason === "too_complex") return dropped(document, "", "quarantine", [{ code: reason, detail }]);
    return dropped(document, document.text, "filter", [{ code: reason, detail }]);
  }
  const repaired = fixText(extracted.value.text, CORPUS_REPAIR);
  const language = options.detectLanguage(repaired);
  if (options.languages.length > 0 && !options.languages.includes(language.language)) {
    const detail = `found ${language.language}, wanted ${options.languages.join(", ")}`;
    return dropped(document, repaired, "language", [{ code: "language_not_wanted", detail }]);
  }
  const context = {
    path: document.source.path,
    language: { code: language.language, confidence: language.confidence },
  };
  const filtered = filterText(repaired, options.policy, context);
  if (!filtered.keep) return dropped(document, repaired, "filter", filtered.reasons.map(reasonOf));
  const scrubbed = options.scrub ? scrub(filtered.text) : { text: filtered.text, pii: [] };
  const title = titleOf(extracted.value);
  return {
    passed: true,
    readBytes: bytesOf(document.text),
    document: {
      id: document.id,
      text: scrubbed.text,
      source: placeOf(document),
      language: language.language,
      ...(options.licence === undefined ? {} : { licence: options.licence }),
      ...(title === undefined ? {} : { title }),
      redactions: masksIn(scrubbed.pii),
      signals: storedSignals(filtered.signals),
      exact: await exactKey(scrubbed.text),
      signature: Array.from(signature(scrubbed.text)),
    },
  };
}

/** Places of the masks in the scrubbed text: each mask is `<TYPE>` and moves what follows. */
export function masksIn(pii: readonly { type: string; start: number; end: number }[]): PassedDocument["redactions"] {
  let shift = 0;
  return pii.map(({ type, start, end }) => {
    const length = type.length + 2;
    const mask = { type, start: start + shift, end: start + shift + length };
    shift += length - (end - start);
    return mask;
  });
}

function reasonOf({ code, signal, value, wanted }: Reason): DroppedDocument["reasons"][number] {
  const [, threshold] = /([\d.]+)$/.exec(wanted) ?? [];
  return {
    code,
    signal,
    detail: `found ${typeof value === "number" ? Number(value.toPrecision(4)) : value}, wanted ${wanted}`,
    ...(typeof value === "number" ? { value } : {}),
    ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
  };
}

/** The record of a document that was left out. One that is quarantined stays as it is when its document is forgotten: nothing is quoted. */
export function dropped(
  document: Document,
  text: string,
  stage: DroppedDocument["stage"],
  reasons: DroppedDocument["reasons"],
): Cleaned {
  const title = stage === "quarantine" ? undefined : titleOf(document);
  return {
    passed: false,
    dropped: {
      id: document.id,
      source: placeOf(document),
      ...(title === undefined ? {} : { title }),
      stage,
      reasons,
      sizeBytes: bytesOf(document.text),
      excerpt: excerptOf(text),
    },
  };
}

/** The beginning of a text without personal data: what was left out must not leak through its excerpt. */
export function excerptOf(text: string): string {
  return scrub(text.slice(0, 4 * EXCERPT_UNITS))
    .text.slice(0, EXCERPT_UNITS)
    .toWellFormed();
}

function titleOf({ metadata, text }: Pick<Document, "metadata" | "text">): string | undefined {
  const { title } = metadata;
  if (typeof title === "string" && title !== "") return scrub(title.slice(0, 300)).text;
  const heading = /^#{1,3} +(.{1,200})$/m.exec(text.slice(0, 2000))?.[1];
  return heading === undefined ? undefined : scrub(heading.trim()).text;
}

/** Path of the file, and the record in it where there are several. */
export function placeOf({ source }: Document): string {
  return source.record === 0 ? source.path : `${source.path}#${source.record + 1}`;
}
