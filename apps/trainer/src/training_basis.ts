import { sha256Hex } from "@millrace/contracts";
import { isBaseBlob, ModelSettings } from "./model_settings.ts";
import type { TrainingJob } from "./training_job.ts";

/**
 * In what a training and the checkpoint of another that it goes on from have to be alike, by the recipe's key, as JSON: data, model, what the
 * optimiser remembers, and which windows a step reads. Steps, learning rates, clipping and decay are none of it.
 */
export type TrainingBasis = Readonly<Record<string, string>>;

/** Where there is no recipe's key: the tokens, as which files they are. */
const TOKENS = "sources, corpus or tokenizer";
/** Keys whose values are addresses, which tell nobody anything. */
const ADDRESSED: readonly string[] = [TOKENS, "model.from"];

/**
 * The basis of a job.
 * @throws {z.ZodError} If its replica is none of a language model.
 */
export async function basisOf({ leaves, exchange, replica, blobs }: TrainingJob): Promise<TrainingBasis> {
  const { config, training, endOfText, dtype, marked, base, device, innerSteps, adapters } =
    ModelSettings.parse(replica);
  const { seed, leafBatch, leafThreads, optimiser, beta1, beta2, averageDecay, precision } = training;
  const named = Object.entries(blobs);
  const tokens = named.filter(([name]) => !isBaseBlob(name));
  const values: Record<string, unknown> = {
    [TOKENS]: await hashOf([tokens, endOfText, dtype, marked]),
    "model.from": base && (await hashOf(named.filter(([name]) => isBaseBlob(name)))),
    "train.seed": seed,
    "train.leaves": leaves,
    "train.leafBatch": leafBatch,
    "train.leafThreads": leafThreads,
    "train.optimiser": optimiser?.name ?? "adamw",
    // What gradients are remembered by is corrected for how long that was.
    "train.beta1": optimiser?.name === "sgd" ? undefined : beta1,
    "train.beta2": optimiser?.name === "sgd" ? undefined : beta2,
    "train.momentum": optimiser?.momentum,
    "train.nesterov": optimiser?.nesterov,
    "train.averageDecay": averageDecay,
    "train.precision": precision ?? "float32",
    "train.exchange": innerSteps === undefined ? (exchange ?? "exact") : "diloco",
    "train.outerEvery": innerSteps,
    "train.device": device ?? "cpu",
    "train.lora": adapters,
  };
  for (const [key, value] of Object.entries(config)) values[`model.${key}`] = value;
  const written = Object.entries(values).map(([key, value]) => [key, JSON.stringify(value) as string | undefined]);
  return Object.fromEntries(written.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Where two bases differ, in words, by key: `train.optimiser ("muon" there, "adamw" here)`. */
export function basisDifferences(there: TrainingBasis, here: TrainingBasis): string[] {
  const keys = new Set([...Object.keys(there), ...Object.keys(here)]);
  return [...keys]
    .filter((key) => there[key] !== here[key])
    .sort()
    .map((key) =>
      ADDRESSED.includes(key) ? key : `${key} (${there[key] ?? "not set"} there, ${here[key] ?? "not set"} here)`,
    );
}

function hashOf(value: unknown): Promise<string> {
  return sha256Hex(JSON.stringify(value));
}
