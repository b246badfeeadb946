import type { DropReport, Summary } from "@millrace/contracts";
import { expect, test } from "vitest";
import { withDocuments } from "./with_documents.ts";

const report: DropReport = {
  sources: 2,
  read: 3,
  kept: 0,
  duplicates: 0,
  quarantined: 1,
  dropped: { too_short: 2 },
  redactions: { EMAIL_ADDRESS: 1 },
  bytes: { sources: 9, read: 8, kept: 0, duplicates: 0, quarantined: 1, dropped: { too_short: 8 } },
  languages: {},
};
const failed = { state: "failed", documents: null, redactions: null } as unknown as Summary;

test("withDocuments() tells what became of the documents of a run that kept none", () => {
  const { documents, redactions } = withDocuments(failed, report);
  expect(documents).toEqual({ read: 3, kept: 0, duplicates: 0, quarantined: 1, dropped: { too_short: 2 } });
  expect(redactions).toEqual({ EMAIL_ADDRESS: 1 });
  expect(withDocuments(failed, undefined)).toBe(failed);
});

test("withDocuments() leaves alone what the summary says itself", () => {
  const done = { ...failed, ...withDocuments(failed, { ...report, read: 4 }) };
  expect(withDocuments(done, report)).toBe(done);
});
