export { canonicalSourcePath, documentId } from "./document.ts";
export type { Document, Drop, MetadataValue, SourceRef, Step, StepResult } from "./document.ts";
export { readDocuments, sourceFormat } from "./reader.ts";
export type { ReadRecord, SourceFile, SourceFormat } from "./reader.ts";
export type { ByteSource } from "./readers/byte_chunks.ts";
export { DEFAULT_READ_LIMITS } from "./readers/read_limits.ts";
export type { ReadLimits } from "./readers/read_limits.ts";
export type { Quarantine, QuarantineReason } from "./readers/unreadable.ts";
export { declarationDocs } from "./read_declarations.ts";
