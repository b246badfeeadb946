/**
 * What gateway and replica say to each other over one authenticated link. The replica connects, joins under the name it was started
 * with, fetches what it is told to load blob by blob, and then generates. Prompts travel as payloads: headers are small.
 */
import { Sha256 } from "@millrace/contracts";
import { z } from "zod";

/** Both ends of a link say this; see `LinkOptions.purpose`. */
export const REPLICA_PURPOSE = "replica";

/** Bytes of a blob in one frame; the most that a frame may carry. */
export const PIECE_BYTES = 1_048_576;

/** Time between signs of life of a replica. */
export const HEARTBEAT_MS = 1000;

/** Enough to tell what is asked for; all of a longer prompt would not fit the head of a frame. */
export const MOST_PROMPT_IDS = 4096;

const count = z.number().int().nonnegative();
const requestId = z.number().int().positive();

/** A token and the natural logarithm of its probability. */
const TokenText = z.strictObject({ text: z.string(), logprob: z.number() });
const ChosenText = TokenText.extend({ logprob: z.number().nullable() });

/** What a replica is asked to generate; ranges are the generator's business. */
export const ReplicaRequest = z.strictObject({
  prompt: z.union([z.string(), z.array(z.number())]),
  /** A conversation that was rendered from shielded messages, and is answered by one turn. Absent: text as it is. */
  templated: z.literal(true).optional(),
  maxTokens: z.number(),
  /** Where the context has no room for as many: fewer, one at least. Else it is refused. */
  fewerWillDo: z.boolean(),
  /** Whether the prompt comes first; with log-probabilities, if those are wanted. */
  echo: z.boolean(),
  temperature: z.number(),
  topP: z.number(),
  frequencyPenalty: z.number(),
  presencePenalty: z.number(),
  seed: z.number(),
  stop: z.array(z.string()),
  logitBias: z.array(z.tuple([z.number(), z.number()])),
  /** Most likely tokens to list beside each token, if log-probabilities are wanted. */
  topLogprobs: z.number().optional(),
});
export type ReplicaRequest = z.infer<typeof ReplicaRequest>;

/** One generated token, or one of the prompt. */
export const ReplicaToken = z.strictObject({
  text: z.string(),
  promptTokens: count,
  /** Not generated: it is of a prompt that is echoed, or says that the prompt was read where nothing is generated. */
  ofPrompt: z.literal(true).optional(),
  /** Beside the first token: ids of the prompt's first tokens, `MOST_PROMPT_IDS` of them at most. */
  prompt: z.array(count).optional(),
  finish: z.enum(["stop", "length"]).optional(),
  /** Present if log-probabilities are wanted: the token itself (null where nothing stands before it), then the most likely ones. */
  chosen: ChosenText.optional(),
  top: z.array(TokenText).optional(),
});
export type ReplicaToken = z.infer<typeof ReplicaToken>;

/** Why a replica does not generate: the request's fault, or its own. */
export const RefusalCode = z.enum(["context_length_exceeded", "invalid_request", "generation_failed"]);
export type RefusalCode = z.infer<typeof RefusalCode>;

export const FromReplica = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("join"), replica: z.string().max(200) }),
  z.strictObject({ type: z.literal("want"), sha256: Sha256 }),
  z.strictObject({ type: z.literal("ready"), slots: z.number().int().positive() }),
  z.strictObject({ type: z.literal("heartbeat") }),
  z.strictObject({ type: z.literal("token"), id: requestId, token: ReplicaToken }),
  z.strictObject({ type: z.literal("refused"), id: requestId, code: RefusalCode, message: z.string().max(4000) }),
]);
export type FromReplica = z.infer<typeof FromReplica>;

export const FromGateway = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("load"), package: Sha256 }),
  z.strictObject({ type: z.literal("blob"), sha256: Sha256, sizeBytes: count }),
  /** The payload is a ReplicaRequest. */
  z.strictObject({ type: z.literal("generate"), id: requestId }),
  z.strictObject({ type: z.literal("cancel"), id: requestId }),
]);
export type FromGateway = z.infer<typeof FromGateway>;

/**
 * Checks a message.
 * @throws {TypeError} If it is not one: the link it came over should be closed.
 */
export function parseMessage<Message>(schema: z.ZodType<Message>, header: unknown): Message {
  const parsed = schema.safeParse(header);
  if (parsed.success) return parsed.data;
  throw new TypeError(`message of a replica link: ${parsed.error.issues[0]?.message ?? "not one that is known"}`);
}
