/** How a version that answers comes to all traffic: at once if it is the first, else through a canary, or back. */
import { z } from "zod";
import { defineEvent } from "../event_definition.ts";
import { CanaryEvidence, DeploymentState } from "../formats/rollout.ts";
import { ModelName } from "../recipe.ts";
import { EXAMPLE_RUN } from "./examples.ts";
import { Attempt, RunId } from "./fields.ts";

const Version = z.int().positive();
const named = { model: ModelName, version: Version };
/** The version that has the other part of the traffic; null where there is none. */
const Stable = Version.nullable();
const Reason = z.string().min(1).max(500);
const EXAMPLE_NAMED = { model: "docs", version: 2 };

/** Who asked over HTTP, as the audit log names them; absent where a rule did. */
const By = z.string().min(1).max(200).optional();

const command = (verb: "start" | "promote" | "abort" | "pause" | "resume", reason: string) =>
  defineEvent({
    type: `millrace.rollout.${verb}.v1`,
    kind: "command",
    emitters: verb === "start" || verb === "promote" || verb === "abort" ? ["automation", "deployer"] : ["deployer"],
    consumers: ["deployer", "registry"],
    outputKey: "the version",
    schema: z.strictObject({ ...named, reason: Reason, by: By }),
    example: { ...EXAMPLE_NAMED, reason },
  });

/** Gives a version all traffic if none is live, else a canary's part. One that was unloaded is loaded and tried out before. */
export const rolloutStart = command("start", "rule gates-passed");
/** Gives a version all traffic. */
export const rolloutPromote = command("promote", "rule canary-healthy");
/** Takes all traffic from a version that is on its way. */
export const rolloutAbort = command("abort", "stopped by the operator");
/** Leaves a canary's part as it is, whatever the analysis finds. */
export const rolloutPause = command("pause", "looking at its answers");
export const rolloutResume = command("resume", "looks fine");

/** Gates passed, loaded, answers: it waits for the command to go on. */
export const rolloutReady = defineEvent({
  type: "millrace.rollout.ready.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["automation", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({ runId: RunId, ...named, attempt: Attempt, stable: Stable }),
  example: { runId: EXAMPLE_RUN, ...EXAMPLE_NAMED, attempt: 1, stable: 1 },
});

/** The canary has had its requests. */
export const rolloutJudged = defineEvent({
  type: "millrace.rollout.judged.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["automation", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({
    ...named,
    stable: Version,
    /** Absent in events of before it was told. */
    attempt: Attempt.optional(),
    verdict: z.enum(["healthy", "unhealthy"]),
    evidence: CanaryEvidence,
  }),
  example: {
    ...EXAMPLE_NAMED,
    stable: 1,
    attempt: 1,
    verdict: "healthy",
    evidence: {
      requests: { canary: 50, stable: 450 },
      synthetic: { canary: 12, stable: 12 },
      errors: { canary: 0, stable: 1 },
      firstTokenP50Ms: { canary: 21, stable: 20 },
      reason: "50 requests, no more errors and no slower than version 1",
    },
  },
});

/** A version has no traffic any more, and is unloaded. */
export const rolloutAborted = defineEvent({
  type: "millrace.rollout.aborted.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["automation", "registry", "monitor", "console"],
  outputKey: "the version and the attempt",
  schema: z.strictObject({
    runId: RunId,
    ...named,
    attempt: Attempt,
    stable: Stable,
    by: z.enum(["analysis", "command"]),
    reason: Reason,
  }),
  example: {
    runId: EXAMPLE_RUN,
    ...EXAMPLE_NAMED,
    attempt: 1,
    stable: 1,
    by: "analysis",
    reason: "7 of 20 requests failed, of version 1 none of 180",
  },
});

/** A deployment came to another state. */
export const rolloutMoved = defineEvent({
  type: "millrace.rollout.moved.v1",
  kind: "fact",
  emitters: ["deployer"],
  consumers: ["automation", "console"],
  outputKey: "the version, the attempt and the step",
  schema: z.strictObject({
    runId: RunId,
    ...named,
    attempt: Attempt,
    /** How many states the attempt has come to: of two events the one with more is the later one. */
    step: z.int().positive(),
    state: DeploymentState,
    /** Who asked for it last; null where nobody has. */
    by: By.nullable().default(null),
  }),
  example: { runId: EXAMPLE_RUN, ...EXAMPLE_NAMED, attempt: 1, step: 6, state: "paused", by: "ada" },
});
