/**
 * From files to a corpus: documents are read, their text extracted and repaired, measured, filtered by a policy, scrubbed of
 * personal data and deduplicated. Every step is a pure function of one document, but for the last, which decides over all.
 *
 * ```ts
 * import { cluster, exactKey, filterText, POLICIES, scrub, signature } from "@millrace/corpus";
 *
 * const { keep, reasons } = filterText("Write to jo@example.org when the wheel stops.", POLICIES.minimal);
 * const { text } = scrub("Write to jo@example.org when the wheel stops."); // "Write to <EMAIL_ADDRESS> when the wheel stops."
 * const record = { id: "a", admitted: 0, exact: await exactKey(text), signature: signature(text) };
 * cluster([record, { ...record, id: "b" }]); // "b" is a duplicate of "a"
 * ```
 *
 * @module
 */
export { type Message, messagesOf, type Turn, writeConversation } from "./conversation.ts";
export { cluster, SIMILARITY_THRESHOLD } from "./deduplication/cluster.ts";
export type { Clustered, DedupRecord } from "./deduplication/cluster.ts";
export { exactKey } from "./deduplication/exact_key.ts";
export { normalText } from "./deduplication/normal_text.ts";
export { signature, SIGNATURE_LENGTH, SIGNATURE_VERSION, similarity } from "./deduplication/signature.ts";
export { splitOf } from "./deduplication/split_of.ts";
export { canonicalSourcePath, documentId } from "./document.ts";
export type { Document, Drop, MetadataValue, SourceRef, Step, StepResult } from "./document.ts";
export { extractMainContent, extractStep } from "./extract.ts";
export type { ExtractedPage } from "./extract.ts";
export type { PageType } from "./extraction/page_type.ts";
export { FILTER_VERSION, filterText } from "./filter.ts";
export type { Filtered } from "./filter.ts";
export { openLanguageDetector } from "./language.ts";
export type { DetectedLanguage, LanguageDetector } from "./language.ts";
export { cutBeside } from "./pii/cut_beside.ts";
export { findPersonalData, PERSONAL_TYPES, PII_TYPES } from "./pii/personal_data.ts";
export type { PiiSpan, PiiType } from "./pii/personal_data.ts";
export { scrub, SCRUB_VERSION } from "./pii/scrub.ts";
export type { Scrubbed } from "./pii/scrub.ts";
export { decide, parsePolicy } from "./policies/policy.ts";
export type { Decision, Policy, Reason, Rule } from "./policies/policy.ts";
export { POLICIES } from "./policies/presets.ts";
export type { PolicyName } from "./policies/presets.ts";
export { declarationDocs } from "./read_declarations.ts";
export { readDocuments, sourceFormat } from "./reader.ts";
export type { ReadRecord, SourceFile, SourceFormat } from "./reader.ts";
export { type ByteLine, byteLines } from "./readers/byte_lines.ts";
export type { ByteSource } from "./readers/byte_chunks.ts";
export { DEFAULT_READ_LIMITS } from "./readers/read_limits.ts";
export type { ReadLimits } from "./readers/read_limits.ts";
export type { Quarantine, QuarantineReason } from "./readers/unreadable.ts";
export { CORPUS_REPAIR, fixText, FULL_REPAIR, REPAIR_VERSION } from "./repair/fix_text.ts";
export type { RepairOptions } from "./repair/fix_text.ts";
export { SIGNAL_NAMES } from "./signals/signal_names.ts";
export type { SignalName } from "./signals/signal_names.ts";
export { measure, storedSignals } from "./signals/signals.ts";
export { TooComplexError } from "./too_complex.ts";
export type { Measured, SignalContext, Signals } from "./signals/signals.ts";
