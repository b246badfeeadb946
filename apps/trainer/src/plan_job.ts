import {
  type BaseModel,
  type ModelConfig,
  namedCheckpoint,
  planTraining,
  type Recipe,
  sha256Hex,
  type StageFailure,
  type TokenManifest,
  type TrainingPlan,
} from "@millrace/contracts";
import { checkModelConfig, parameterCount } from "@millrace/transformer";
import { baseBlob, marksBlob, ModelSettings } from "./model_settings.ts";
import { basisOf, type TrainingBasis } from "./training_basis.ts";
import type { TrainingDevice } from "./training_device.ts";
import { TrainingJob } from "./training_job.ts";

/** A run ready to be trained. */
export interface PlannedJob {
  readonly config: ModelConfig;
  readonly parameters: number;
  readonly train: TrainingPlan["train"];
  readonly device: TrainingDevice;
  readonly job: TrainingJob;
  /** SHA-256 of all that decides the bytes of the checkpoints. */
  readonly jobHash: string;
  /** In what a checkpoint of another run has to be like it, to be gone on from. */
  readonly basis: TrainingBasis;
  /** The checkpoint of another run that it goes on from; absent: none. */
  readonly origin?: { readonly run: string; readonly step: number };
}

/** Validation may cost one part in this many of the training's compute. */
const TRAINING_OVER_VALIDATION = 20;
/** A forward and a backward pass over the forward pass alone. */
const TRAINING_COST = 3;
const FEWEST_VALIDATION_LEAVES = 8;

/**
 * Derives from a recipe and its tokens what is trained; equal ones give equal jobs, on any machine and any number of nodes.
 * @param run Identifies the run.
 * @param base The model that training goes on from, where the recipe names one.
 * @param device What nodes compute on.
 */
export async function planJob(
  run: string,
  recipe: Recipe,
  tokenized: TokenManifest,
  base?: BaseModel,
  device: TrainingDevice = "cpu",
): Promise<PlannedJob | StageFailure> {
  const { nodes, leaves, pipelineStages } = recipe.train;
  if (pipelineStages === 1 && nodes > leaves) {
    const message = `planning the training: found train.nodes ${nodes} for train.leaves ${leaves}; a node needs a leaf, so wanted at most ${leaves} nodes`;
    return { code: "too_many_nodes", message };
  }
  const conversations = tokenized.chat?.conversations.train ?? 0;
  let plan: TrainingPlan;
  let config: ModelConfig;
  try {
    plan = planTraining(recipe, tokenized.bytes.train + tokenized.bytes.validation, base, conversations);
    const { architecture, ...shape } = plan.model;
    // A base model may have rows for tokens that its tokenizer does not have.
    const { vocabularySize } = base?.config ?? tokenized;
    // In the order of before there were others: the job's hash depends on it.
    config = { architecture, vocabularySize, ...shape };
    checkModelConfig(config);
  } catch (error) {
    if (error instanceof RangeError) return { code: "invalid_model", message: error.message };
    throw error;
  }
  const { train } = plan;
  if (conversations === 0 && (tokenized.tokens.train <= config.contextLength || tokenized.tokens.validation < 2)) {
    const { train: found, validation } = tokenized.tokens;
    const message =
      `planning the training: found ${found} training and ${validation} validation tokens, wanted at least ` +
      `${config.contextLength + 1} and 2 for a context of ${config.contextLength}; give more documents or lower model.contextLength`;
    return { code: "corpus_too_small", message };
  }
  const job = jobOf(run, config, train, tokenized, base, device);
  const { run: _, ...trained } = job;
  const { from } = train;
  const jobHash = await hashOf(from === undefined ? trained : { ...trained, from });
  const basis = await basisOf(job);
  const planned = { config, parameters: parameterCount(config), train, device, job, jobHash, basis };
  return from === undefined ? planned : { ...planned, origin: namedCheckpoint(from) };
}

function hashOf(value: unknown): Promise<string> {
  return sha256Hex(JSON.stringify(value));
}

function jobOf(
  run: string,
  config: ModelConfig,
  train: TrainingPlan["train"],
  tokenized: TokenManifest,
  base: BaseModel | undefined,
  device: TrainingDevice,
): TrainingJob {
  const weights = base && baseFilesOf(base);
  const settings: ModelSettings = {
    config,
    training: trainingOf(train),
    endOfText: tokenized.endOfText,
    dtype: tokenized.dtype,
    ...(tokenized.chat && { marked: true }),
    ...(weights && { base: Object.keys(weights) }),
    ...(device !== "cpu" && { device }),
    ...(train.outerEvery !== undefined && { innerSteps: train.outerEvery }),
    ...(train.lora && { adapters: { ...train.lora, targets: [...train.lora.targets] } }),
  };
  const blobs: Record<string, string> = {};
  for (const part of ["train", "validation"] as const) {
    for (const [number, { tokens, marks }] of tokenized[part].entries()) {
      blobs[`${part}.${number}`] = tokens.sha256;
      if (marks) blobs[marksBlob(part, number)] = marks.sha256;
    }
  }
  for (const [name, sha256] of Object.entries(weights ?? {})) blobs[baseBlob(name)] = sha256;
  const affordable = Math.ceil((TRAINING_COST * train.validateEvery * train.leaves) / TRAINING_OVER_VALIDATION);
  const round = train.outerEvery ?? 1;
  const lossy = TrainingJob.shape.exchange.unwrap().safeParse(train.exchange);
  return {
    run,
    leaves: train.leaves,
    steps: train.steps / round,
    validationLeaves: Math.max(FEWEST_VALIDATION_LEAVES, affordable),
    validateEverySteps: Math.ceil(train.validateEvery / round),
    checkpointEverySteps: Math.ceil(train.checkpointEvery / round),
    ...(train.patience !== undefined && { patience: train.patience }),
    ...(lossy.success && { exchange: lossy.data }),
    replica: TrainingJob.shape.replica.parse(settings),
    blobs,
  };
}

/** Addresses of the files that a base model's weights are read from, by name, in one order. */
export function baseFilesOf({ files }: BaseModel): Readonly<Record<string, string>> {
  const wanted = Object.entries(files).filter(
    ([name]) => name === "config.json" || /\.safetensors(?:\.index\.json)?$/.test(name),
  );
  return Object.fromEntries(wanted.map(([name, { sha256 }]) => [name, sha256] as const).sort());
}

/** The settings in a fixed order, without what is as it was before there was a choice: the job's hash depends on both. */
function trainingOf(train: TrainingPlan["train"]): ModelSettings["training"] {
  const { seed, leafBatch, leafThreads, learningRate, finalLearningRate, warmupSteps } = train;
  const { weightDecay, beta1, beta2, clip, schedule, optimiser, decayGroups, averageDecay, precision } = train;
  return {
    seed,
    leafBatch,
    leafThreads,
    learningRate,
    finalLearningRate,
    warmupSteps,
    weightDecay,
    beta1,
    beta2,
    clip,
    ...(schedule.name !== "cosine" && { schedule }),
    ...(optimiser.name !== "adamw" && { optimiser }),
    ...(decayGroups && { decayGroups }),
    ...(averageDecay !== undefined && { averageDecay }),
    ...(precision === "mixed" && { precision }),
  };
}
