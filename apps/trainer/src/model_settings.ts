import { ModelConfig } from "@millrace/contracts";
import type { FolderFiles } from "@millrace/training";
import { z } from "zod";

const positive = z.int().positive();
const rate = z.number().nonnegative();

/** A job's `replica` settings when what is trained is a language model. `leaves` and `steps` are the job's own. */
export const ModelSettings = z.strictObject({
  config: ModelConfig,
  training: z.strictObject({
    seed: z.int(),
    leafBatch: positive,
    leafThreads: positive,
    learningRate: rate,
    finalLearningRate: rate,
    warmupSteps: z.int().nonnegative(),
    weightDecay: rate,
    beta1: rate,
    beta2: rate,
    clip: z.number().positive(),
    // Absent keys are what trainings were before there was a choice; so their jobs, and what is kept of them, stay the same.
    schedule: z
      .discriminatedUnion("name", [
        z.strictObject({ name: z.literal("linear") }),
        z.strictObject({ name: z.literal("wsd"), decaySteps: positive }),
        z.strictObject({ name: z.literal("cyclic"), cycleSteps: positive }),
        z.strictObject({ name: z.literal("restarts"), cycleSteps: positive, cycleFactor: positive }),
      ])
      .optional(),
    optimiser: z.strictObject({ name: z.enum(["muon", "sgd"]), momentum: rate, nesterov: z.boolean() }).optional(),
    decayGroups: z.array(z.enum(["hidden", "embeddings", "norms", "biases"])).optional(),
    averageDecay: z.number().gt(0).lt(1).optional(),
    precision: z.literal("mixed").optional(),
  }),
  endOfText: z.int().nonnegative(),
  /** Files of the model whose weights training begins with, in the job's blobs under `base/` and their names. Absent: random weights. */
  base: z.array(z.string().min(1)).min(1).optional(),
  /** What nodes compute on. Absent: the processor. */
  device: z.literal("webgpu").optional(),
  /** Steps that each node makes by itself before all meet; a step of the job is then a round of so many. Absent: nodes meet at each step. */
  innerSteps: positive.optional(),
  /** Low-rank adapters that are trained in place of the weights of `base`. Absent: the weights themselves are. */
  adapters: z
    .strictObject({
      rank: positive,
      alpha: z.number().positive(),
      targets: z.array(z.enum(["attention", "feedForward"])).min(1),
    })
    .optional(),
  /** Whether there are marks beside the tokens, in the job's blobs `marks.train.0`, ... and `marks.validation.0`, .... Absent: no. */
  marked: z.literal(true).optional(),
  /** Type of the token ids in the job's blobs `train.0`, `train.1`, ... and `validation.0`, ..., little-endian. */
  dtype: z.enum(["uint16", "uint32"]),
});
export type ModelSettings = z.infer<typeof ModelSettings>;

/**
 * Joins the token shards of a part into one stream, in the order of their numbers.
 * @throws {RangeError} If a shard is missing in the numbering or is not a whole number of ids.
 */
export function tokensOf(
  part: "train" | "validation",
  blobs: Readonly<Record<string, Uint8Array>>,
  dtype: ModelSettings["dtype"],
): Uint16Array | Uint32Array {
  const shards: Uint8Array[] = [];
  for (let shard = blobs[`${part}.0`]; shard !== undefined; shard = blobs[`${part}.${shards.length}`])
    shards.push(shard);
  const given = Object.keys(blobs).filter((name) => name.startsWith(`${part}.`)).length;
  if (given !== shards.length)
    throw new RangeError(`${part} tokens: ${given} shards, numbered without a gap only up to ${shards.length}`);
  const tokenBytes = dtype === "uint16" ? 2 : 4;
  shards.forEach(({ length }, i) => {
    if (length % tokenBytes !== 0)
      throw new RangeError(`${part}.${i}: ${length} bytes are not a whole number of ${dtype}`);
  });
  const bytes = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  let at = 0;
  for (const shard of shards) {
    bytes.set(shard, at);
    at += shard.length;
  }
  return dtype === "uint16" ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}

/** Joins the marks of a part, in the order of its shards; see `TOKEN_MARKS`. @throws {RangeError} If there are not as many as tokens. */
export function marksOf(
  part: "train" | "validation",
  blobs: Readonly<Record<string, Uint8Array>>,
  tokens: number,
): Uint8Array {
  const shards: Uint8Array[] = [];
  for (let shard = blobs[marksBlob(part, 0)]; shard !== undefined; shard = blobs[marksBlob(part, shards.length)])
    shards.push(shard);
  const marks = new Uint8Array(tokens);
  let at = 0;
  for (const shard of shards) {
    if (at + shard.length > tokens) break;
    marks.set(shard, at);
    at += shard.length;
  }
  if (at === tokens) return marks;
  throw new RangeError(`${part} marks: found those of ${at} tokens or too many, wanted those of ${tokens}`);
}

/** Under what name the marks of a shard stand among the job's blobs. */
export function marksBlob(part: "train" | "validation", shard: number): string {
  return `marks.${part}.${shard}`;
}

const BASE_PREFIX = "base/";

/** Under what name a file of the base model stands among the job's blobs. */
export function baseBlob(file: string): string {
  return BASE_PREFIX + file;
}

/** Whether a blob of that name is a file of the base model. */
export function isBaseBlob(name: string): boolean {
  return name.startsWith(BASE_PREFIX);
}

/** Under what name a stage has its part of the base model among its blobs: the parameters of its layout as one flat vector, float32, little-endian. */
export const BASE_PART = "base";

/** A stage's part of the base model. @throws {RangeError} If it is not among the blobs. */
export function basePartOf(blobs: Readonly<Record<string, Uint8Array>>): Float32Array {
  const bytes = blobs[BASE_PART];
  if (bytes === undefined) throw new RangeError("reading the base model: a stage's part of it is not among the blobs");
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / Float32Array.BYTES_PER_ELEMENT);
}

/** The files of the base model among the job's blobs. */
export function baseFolderOf(names: readonly string[], blobs: Readonly<Record<string, Uint8Array>>): FolderFiles {
  const bytesOf = (name: string): Uint8Array => {
    const bytes = blobs[baseBlob(name)];
    if (bytes === undefined) throw new RangeError(`reading the base model: its file ${name} is not among the blobs`);
    return bytes;
  };
  return {
    sizes: new Map(names.map((name) => [name, bytesOf(name).length])),
    read: (name) => Promise.resolve(bytesOf(name)),
  };
}
