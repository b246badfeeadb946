/** A second person's word on a version of a protected model. */
import { z } from "zod";
import { defineEvent } from "../event_definition.ts";
import { ModelName } from "../recipe.ts";
import { EXAMPLE_RUN } from "./examples.ts";
import { Attempt, RunId } from "./fields.ts";

const named = { runId: RunId, model: ModelName, version: z.int().positive(), attempt: Attempt };
const EXAMPLE = { runId: EXAMPLE_RUN, model: "docs", version: 2, attempt: 1 };
/** As the audit log names them. */
const Actor = z.string().min(1).max(200);

/** A version of a protected model waits for a second person before it gets all traffic. */
export const approvalRequested = defineEvent({
  type: "millrace.approval.requested.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["registry", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ ...named, by: Actor, reason: z.string().max(500) }),
  example: { ...EXAMPLE, by: "ada", reason: "rule canary-healthy" },
});

/** The second person has spoken. */
export const approvalDecided = defineEvent({
  type: "millrace.approval.decided.v1",
  kind: "fact",
  emitters: ["registry"],
  consumers: ["deployer", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({
    ...named,
    decision: z.enum(["approved", "rejected"]),
    by: Actor,
    comment: z.string().max(500),
  }),
  example: { ...EXAMPLE, decision: "approved", by: "grace", comment: "looked at its answers" },
});
