import { z } from "zod";
import { Fingerprint, TrainingJob } from "./training_job.ts";
import { RefusalCode } from "./training_refusal.ts";

/** What a node and its coordinator say to each other. Bulk bytes travel as frame payloads beside these headers. */

const generation = z.int();
const step = z.int();
const name = z.string().min(1).max(200);
const milliseconds = z.number().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const address = z.object({ host: z.string().min(1), port: z.int().min(1).max(65_535) });
const sizeBytes = z.int().nonnegative();
const loss = z.number();

/** How often a node shows that it lives, and its coordinator that it does. */
export const HEARTBEAT_MS = 500;

/** Bytes of a blob or checkpoint in one frame. */
export const PIECE_BYTES = 262_144;

/** From a node to its coordinator. */
export const NodeMessage = z.discriminatedUnion("type", [
  /** First message: who it is, how it computes. */
  z.object({ type: z.literal("join"), name, fingerprint: Fingerprint }),
  /** Asks for a blob of the job. */
  z.object({ type: z.literal("want"), sha256 }),
  /** The replica is built, its state whole after `applied` steps, and peers reach it at `address`. */
  z.object({
    type: z.literal("prepared"),
    applied: step,
    address,
    validationLeaves: z.int().nonnegative(),
    /** Multiplications and additions a second. */
    productRate: z.number().positive().optional(),
  }),
  /** The node lives. */
  z.object({
    type: z.literal("heartbeat"),
    /** It has something to compute, for which it waits for no other node. */
    working: z.boolean().optional(),
    /** It has come further since the heartbeat before: by a leaf, a validation leaf, a step of a round. */
    moved: z.boolean().optional(),
  }),
  z.object({ type: z.literal("halted"), generation, applied: step, holdsSums: z.boolean() }),
  z.object({ type: z.literal("ready"), generation }),
  /** A link to another member could not be made or broke. */
  z.object({ type: z.literal("unreachable"), generation, member: name, reason: z.string() }),
  /** A step was applied. */
  z.object({
    type: z.literal("step"),
    step,
    lossSum: loss,
    targetCount: z.number(),
    gradientNorm: z.number(),
    learningRate: z.number(),
    /** Steps that loss scaling has skipped until then. Absent: there is none. */
    skippedSteps: z.number().int().nonnegative().optional(),
    computeMs: milliseconds,
    exchangeMs: milliseconds,
    applyMs: milliseconds,
    idleMs: milliseconds,
    /** Of a node that has a stage of a model: which, its micro-batches of the step, and how long it waited for other stages. */
    stage: z
      .object({ index: z.int().nonnegative(), of: z.int().min(2), leaves: z.int().nonnegative(), waitMs: milliseconds })
      .optional(),
    sentBytes: sizeBytes,
  }),
  /** The node pauses after `step` applied steps; the validation leaves it computed, if any were due. */
  z.object({
    type: z.literal("reached"),
    generation,
    step,
    results: z.array(z.object({ leaf: z.int().nonnegative(), lossSum: loss, targetCount: z.number() })),
  }),
  /** A piece of a checkpoint file, in order, from byte `at` on; `sizeBytes` is the whole file's. At 0 the file is begun anew. */
  z.object({ type: z.literal("checkpoint"), step, file: z.enum(["model", "state"]), at: sizeBytes, sizeBytes }),
  /** The node cannot go on, for a reason that another try would meet again. */
  z.object({ type: z.literal("failed"), reason: z.string().max(16_384), code: RefusalCode.optional() }),
]);
export type NodeMessage = z.infer<typeof NodeMessage>;

/** From the coordinator to a node. */
export const CoordinatorMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("refused"), reason: z.string() }),
  /** What is to be trained, and which of so many stages of the model by this node; again: to be begun anew from where the job now goes on. */
  z.object({
    type: z.literal("job"),
    job: TrainingJob,
    stage: z.object({ index: z.int().nonnegative(), of: z.int().min(2) }).optional(),
  }),
  /** A piece of the blob that was asked for, in order; `sizeBytes` is the whole blob's. */
  z.object({ type: z.literal("blob"), sha256, sizeBytes }),
  /** The coordinator lives. */
  z.object({ type: z.literal("heartbeat") }),
  z.object({ type: z.literal("halt"), generation }),
  z.object({
    type: z.literal("configure"),
    generation,
    members: z.array(name).min(1),
    /** Where the model is cut into stages: who has this node's leaves, stage by stage. */
    pipeline: z.array(name).optional(),
    step,
    cleared: step,
    catchUp: z.enum(["none", "sums", "state"]),
    source: name.optional(),
    addresses: z.record(name, address),
  }),
  z.object({ type: z.literal("go"), generation }),
  z.object({ type: z.literal("proceed"), generation, step }),
  /** Send the checkpoint after `step` applied steps; the node is paused there. */
  z.object({ type: z.literal("export"), step }),
  /** The run is over. */
  z.object({ type: z.literal("stop") }),
]);
export type CoordinatorMessage = z.infer<typeof CoordinatorMessage>;

/**
 * Reads a control message.
 * @throws {TypeError} If it is not one; the message names the first problem.
 */
export function parseMessage<T>(schema: z.ZodType<T>, header: Record<string, unknown>): T {
  const parsed = schema.safeParse(header);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new TypeError(`control message ${JSON.stringify(header["type"])}: ${issue?.path.join(".")}: ${issue?.message}`);
}
