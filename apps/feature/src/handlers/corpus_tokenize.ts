import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { TOKENIZE, tokenizeKey } from "../jobs/tokenize.ts";

/** Tokenizing takes long: a job does it. */
export const corpusTokenize = onEvent({
  name: "corpus_tokenize",
  version: 1,
  event: EVENTS.corpusTokenize,
  handle: ({ data }, context) => context.startJob(TOKENIZE, tokenizeKey(data.runId, data.attempt), data),
});
