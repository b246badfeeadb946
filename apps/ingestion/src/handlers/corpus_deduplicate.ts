import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { DEDUPLICATE } from "../jobs/deduplicate.ts";
import { attemptKey } from "./corpus_collect.ts";

/** Starts the barrier's job. */
export const corpusDeduplicate = onEvent({
  name: "corpus_deduplicate",
  version: 1,
  event: EVENTS.corpusDeduplicate,
  handle: ({ data }, context) => context.startJob(DEDUPLICATE, attemptKey(data), data),
});
