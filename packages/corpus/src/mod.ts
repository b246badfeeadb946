export { canonicalSourcePath, documentId } from "./document.ts";
export type { Document, Drop, MetadataValue, SourceRef, Step, StepResult } from "./document.ts";
