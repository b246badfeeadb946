/** What OpenAI's two requests for completions have in common. */
import { z } from "zod";
import type { ReplicaRequest } from "./replica_messages.ts";

/** Sequences that one request may ask for: prompts times n. */
export const MOST_SEQUENCES = 64;

/** @param least 0 where OpenAI takes it: nothing is generated then. */
export const mostTokens = (least: 0 | 1) => z.number().int().min(least).max(1_000_000).nullish();

const stop = z.string().min(1).max(256);

export const SAMPLING_KEYS = {
  model: z.string().min(1).max(300),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop: z.union([stop, z.array(stop).max(16)]).nullish(),
  /** 64 bits, as clients draw them. Folded, so that every completion can have a seed of its own. */
  seed: z
    .number()
    .min(-(2 ** 63))
    .max(2 ** 63)
    .refine(Number.isInteger, { error: "expected a whole number" })
    .transform((seed) => seed % 2 ** 52)
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({ include_usage: z.boolean().optional(), include_obfuscation: z.literal(false).optional() })
    .nullish(),
  logit_bias: z
    .record(z.string().regex(/^\d{1,9}$/, { error: "expected the number of a token" }), z.number().min(-100).max(100))
    .nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  /** Names the end user; nothing is done with it. */
  user: z.string().max(512).nullish(),
};

const SamplingBody = z.object(SAMPLING_KEYS);

type Sampling = Pick<
  ReplicaRequest,
  "temperature" | "topP" | "frequencyPenalty" | "presencePenalty" | "stop" | "logitBias"
>;

/** How a replica is asked to choose tokens. */
export function samplingOf(body: z.infer<typeof SamplingBody>): Sampling {
  return {
    temperature: body.temperature ?? 1,
    topP: body.top_p ?? 1,
    frequencyPenalty: body.frequency_penalty ?? 0,
    presencePenalty: body.presence_penalty ?? 0,
    stop: typeof body.stop === "string" ? [body.stop] : (body.stop ?? []),
    logitBias: Object.entries(body.logit_bias ?? {}).map(([id, bias]): [number, number] => [Number(id), bias]),
  };
}
