/** What describes a trained model and what is needed to serve it. */
import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";
import { Slice, TaskScore, TokenScores } from "./scores.ts";

const count = z.number().int().nonnegative();

const rate = z.number().min(0).lt(1);

/** Stretches rotary positions beyond the context that a model was first trained with. */
const RopeScaling = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("linear"), factor: z.number().min(1) }),
  z.strictObject({
    type: z.literal("llama3"),
    factor: z.number().min(1),
    lowFrequencyFactor: z.number().positive(),
    highFrequencyFactor: z.number().positive(),
    originalContextLength: count,
  }),
]);

/** A model's shape. Keys that may be absent have the default of the architecture, which is what they meant before they were. */
export const ModelConfig = z.strictObject({
  architecture: z.enum(["gpt2", "llama"]),
  vocabularySize: count,
  contextLength: count,
  layers: count,
  heads: count,
  width: count,
  positions: z.enum(["learned", "sinusoidal"]).optional(),
  rope: z.strictObject({ theta: z.number().gt(1), scaling: RopeScaling.optional() }).optional(),
  keyValueHeads: count.optional(),
  headWidth: count.optional(),
  innerWidth: count.optional(),
  activation: z.enum(["gelu_new", "gelu", "relu", "silu"]).optional(),
  normEpsilon: z.number().positive().lt(1).optional(),
  tied: z.boolean().optional(),
  attentionBias: z.boolean().optional(),
  mlpBias: z.boolean().optional(),
  dropout: z
    .strictObject({ embedding: rate.optional(), attention: rate.optional(), residual: rate.optional() })
    .optional(),
});
export type ModelConfig = z.infer<typeof ModelConfig>;

/** Bits per byte of the same validation documents under four predictors; null where one could not be computed. */
export const BitsPerByte = z.strictObject({
  model: z.number().nonnegative(),
  gzip: z.number().nonnegative().nullable(),
  xzPrimed: z.number().nonnegative().nullable(),
  ngram: z.number().nonnegative().nullable(),
});
export type BitsPerByte = z.infer<typeof BitsPerByte>;

export const Evaluation = z.strictObject({
  bitsPerByte: BitsPerByte,
  verdict: z.string(),
  /** Validation documents and bytes that were scored; those over 64 KiB are left out. */
  documents: count,
  bytes: count,
  // Absent in evaluations of before they were measured.
  /** Tokens of these documents. */
  tokens: count.optional(),
  /** Of the documents, those that are conversations: bytes, tokens and scores are of their answers alone. Absent: none. */
  conversations: count.optional(),
  scores: z.strictObject({ model: TokenScores, ngram: TokenScores }).optional(),
  /** Largest first of each kind. */
  slices: z.array(Slice).max(60).optional(),
  tasks: z.array(TaskScore).max(20).optional(),
});
export type Evaluation = z.infer<typeof Evaluation>;

/** How a replica keeps the weights: as they were trained, or rounded to 8 bits. */
export const ServingWeights = z.enum(["float32", "int8"]);
export type ServingWeights = z.infer<typeof ServingWeights>;

/** One thing that must hold before a version is loaded. */
export const Gate = z.strictObject({
  name: z.enum([
    "bits_per_byte",
    "next_token_accuracy",
    "task_score",
    "quantised_divergence",
    "quantised_agreement",
    "quantised_bits",
  ]),
  state: z.enum(["passed", "failed", "not_applicable"]),
  /** Null where nothing was measured. */
  value: z.number().nullable(),
  /** Null where any value will do. */
  limit: z.number().nullable(),
  unit: z.string().max(40),
  /** What was measured and why it was judged so, in words. */
  detail: z.string().max(500),
});
export type Gate = z.infer<typeof Gate>;

/** Same fingerprint, same bits: a run may be repeated exactly only where this is equal. */
export const RuntimeFingerprint = z.strictObject({
  runtime: z.string(),
  kernelClass: z.string(),
  probe: Sha256,
  /** Counted up whenever the project computes trainings otherwise. Absent: 1, before it was counted. */
  revision: z.int().min(1).optional(),
});
export type RuntimeFingerprint = z.infer<typeof RuntimeFingerprint>;

/** How a model writes conversations. */
export const ChatTemplate = z.strictObject({
  /** Jinja, as in `chat_template.jinja` of Hugging Face's layout. */
  template: z.string().min(1).max(65_536),
  /** Texts that the template knows by name: `bos_token`, `eos_token`. */
  specialTokens: z.record(z.string().regex(/^[a-z_]{1,64}$/), z.string().max(256)),
  /** Special tokens of the tokenizer, which messages cannot write. Absent: packages of before they could not. */
  reserved: z.array(z.string().min(1).max(256)).max(8192).optional(),
  /** Special token that ends an answer. Absent: what ends a text. */
  endOfTurn: count.optional(),
});

/** Everything a replica needs; an artifact of its own. */
export const ServingPackage = z.strictObject({
  version: z.literal(1),
  model: z.string(),
  modelVersion: z.number().int().positive(),
  config: ModelConfig,
  checkpoint: ArtifactRef,
  tokenizer: ArtifactRef,
  /** Token that an empty prompt stands for; it ends an answer too unless there is another for that. */
  endOfText: count,
  /** Token that ends an answer, of models that have one for the beginning and one for the end; a prompt begins with the first. */
  endOfDocument: count.optional(),
  slots: z.number().int().positive(),
  /** Graphs of int8 hold the parameters; graphs of float32, which absence stands for, take those of the checkpoint. */
  weights: ServingWeights.optional(),
  /** Profile of the corpus that the model was trained on. Absent in packages of before prompts were held against it. */
  profile: ArtifactRef.optional(),
  /** Serving graphs by how many new tokens a call takes. */
  graphs: z.array(z.strictObject({ newTokens: z.number().int().positive(), graph: ArtifactRef })).min(1),
  /** What makes a conversation a prompt; absent where a model only continues text. */
  chatTemplate: ChatTemplate.optional(),
});
export type ServingPackage = z.infer<typeof ServingPackage>;

/** A folder in Hugging Face's layout: relative path -> file. No path leads out of the folder. */
export const ModelFolder = z.strictObject({
  version: z.literal(1),
  files: z.record(z.string().regex(/^(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/), ArtifactRef),
});
export type ModelFolder = z.infer<typeof ModelFolder>;
