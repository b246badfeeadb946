import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { COLLECT } from "../jobs/collect.ts";

/** Listing and hashing files takes long: a job does it. */
export const corpusCollect = onEvent({
  name: "corpus_collect",
  version: 1,
  event: EVENTS.corpusCollect,
  handle: ({ data }, context) => context.startJob(COLLECT, attemptKey(data), data),
});

/** Key of the jobs that a run has one of per attempt. */
export function attemptKey({ runId, attempt }: { readonly runId: string; readonly attempt: number }): string {
  return `${runId} attempt ${attempt}`;
}
