import { expect, test } from "vitest";
import { remedyOf, STAGE_FAILURES } from "./stage_failures.ts";

test.each(Object.entries(STAGE_FAILURES))(
  "remedyOf(%j) is to go on, or to change something, not both",
  (code, change) => {
    expect(remedyOf(code)).toEqual({ resume: change === null, change });
  },
);

test.each([
  "no_documents",
  "policy_invalid",
  "no_documents_left",
  "vocabulary_too_large",
  "corpus_too_small",
  "too_few_conversations",
  "invalid_model",
])("remedyOf(%j) does not advise what would fail again", (code) => expect(remedyOf(code).resume).toBe(false));

test.each(["training_failed", "replica_failed", "a code of a later version", "toString", null])(
  "remedyOf(%j) is to go on",
  (code) => expect(remedyOf(code)).toEqual({ resume: true, change: null }),
);
