import type { DropReport, Summary } from "@millrace/contracts";

/** A run that kept nothing has no corpus, and what became of its documents is known all the same. */
export function withDocuments(summary: Summary, report: DropReport | undefined): Summary {
  if (summary.documents !== null || report === undefined) return summary;
  const { read, kept, duplicates, quarantined, dropped, redactions, skipped } = report;
  const documents = { read, kept, duplicates, quarantined, dropped, ...(skipped !== undefined && { skipped }) };
  return { ...summary, documents, redactions };
}
