/**
 * What a recipe leaves out, derived from the size of the cleaned corpus. A pure table, so the same corpus always gives the same
 * model; `docs/recipe.md` shows it.
 */
import type { BaseModel } from "./formats/base_model.ts";
import type { ModelConfig } from "./formats/model.ts";
import type { Recipe } from "./recipe.ts";
import { continuedModel, type ModelExtents, modelOf } from "./recipe_model.ts";
import { ADAPTER_TARGETS, PARAMETER_GROUPS } from "./recipe_train.ts";

type Train = Recipe["train"];
/** Keys that may be absent. */
type Open = "from" | "patience" | "timeLimitSeconds" | "decayGroups" | "averageDecay" | "outerEvery";
/** Keys that belong to a choice. */
type Chosen =
  | "method"
  | "lora"
  | "pipelineStages"
  | "optimiser"
  | "momentum"
  | "nesterov"
  | "schedule"
  | "decaySteps"
  | "cycleSteps"
  | "cycleFactor";
/** The recipe's section with nothing left open. */
type Settled = { readonly [Key in Exclude<keyof Train, Open | Chosen | "enabled">]-?: NonNullable<Train[Key]> } & {
  readonly [Key in Open]: Train[Key];
};

/** A schedule with what it has of its own. */
type Schedule =
  | { readonly name: "cosine" }
  | { readonly name: "linear" }
  | { readonly name: "wsd"; readonly decaySteps: number }
  | { readonly name: "cyclic"; readonly cycleSteps: number }
  | { readonly name: "restarts"; readonly cycleSteps: number; readonly cycleFactor: number };

/** An optimiser with what it has of its own; AdamW's betas are also of Muon. */
type Optimiser =
  { readonly name: "adamw" } | { readonly name: "muon" | "sgd"; readonly momentum: number; readonly nesterov: boolean };

/** Shape of low-rank adapters. */
export interface Adapters {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly ("attention" | "feedForward")[];
}

/** Everything that training needs to know, nothing left open. */
export interface TrainingPlan {
  readonly vocabularySize: number;
  readonly model: Omit<ModelConfig, "vocabularySize">;
  readonly train: Settled & {
    readonly optimiser: Optimiser;
    readonly schedule: Schedule;
    /** Low-rank adapters, which are trained in place of the model. */
    readonly lora?: Adapters;
    /** Parts of the model, each on a node of its own; absent where there is one. */
    readonly pipelineStages?: number;
  };
}

interface Size extends ModelExtents {
  /** Upper bound of the corpus, in UTF-8 bytes. */
  readonly below: number;
  readonly vocabularySize: number;
  readonly leafBatch: number;
  readonly steps: number;
  /** Of AdamW; and where the row has one of Muon, that is the optimiser. */
  readonly learningRates: { readonly adamw: number; readonly muon?: number };
}

/** Rows in order of corpus size; the last has no bound. */
export const SIZES: readonly Size[] = [
  {
    below: 64e3,
    vocabularySize: 512,
    layers: 2,
    heads: 2,
    width: 64,
    contextLength: 64,
    leafBatch: 2,
    steps: 200,
    learningRates: { adamw: 3e-3, muon: 1e-2 },
  },
  {
    below: 512e3,
    vocabularySize: 1024,
    layers: 3,
    heads: 4,
    width: 128,
    contextLength: 96,
    leafBatch: 2,
    steps: 500,
    learningRates: { adamw: 3e-3, muon: 1e-2 },
  },
  {
    below: 8e6,
    vocabularySize: 4096,
    layers: 3,
    heads: 4,
    width: 128,
    contextLength: 128,
    leafBatch: 2,
    steps: 900,
    learningRates: { adamw: 3e-3, muon: 1e-2 },
  },
  {
    below: 64e6,
    vocabularySize: 8192,
    layers: 6,
    heads: 6,
    width: 384,
    contextLength: 256,
    leafBatch: 4,
    steps: 4000,
    learningRates: { adamw: 1e-3 },
  },
  {
    below: Infinity,
    vocabularySize: 16384,
    layers: 12,
    heads: 12,
    width: 768,
    contextLength: 512,
    leafBatch: 4,
    steps: 20000,
    learningRates: { adamw: 6e-4 },
  },
];

/**
 * Fills in what the recipe leaves open.
 * @param recipe Parsed recipe.
 * @param corpusBytes UTF-8 bytes of the kept documents (for an estimate: of the sources).
 * @param base The model that training goes on from, where the recipe names one.
 * @param conversations Training conversations of the corpus; for an estimate: none.
 * @throws {RangeError} If the extents of the model do not fit each other, there are more nodes than leaves, or the schedule does not fit the steps.
 */
export function planTraining(
  recipe: Recipe,
  corpusBytes: number,
  base?: Pick<BaseModel, "config" | "parameters">,
  conversations = 0,
): TrainingPlan {
  const row = SIZES.find(({ below }) => corpusBytes < below) as Size;
  const { train } = recipe;
  const model = base === undefined ? modelOf(recipe.model, row) : continuedModel(recipe.model, base.config);
  const lora = base && adaptersOf(train, base.parameters);
  const size =
    base === undefined
      ? row
      : {
          vocabularySize: base.config.vocabularySize,
          ...continued({ corpusBytes, conversations }, train, model.contextLength, lora !== undefined),
        };
  checkNodes(train, model.layers);
  const steps = train.steps ?? size.steps;
  const optimiser = train.optimiser ?? derivedOptimiser(train, size.learningRates);
  const learningRate = train.learningRate ?? rateOf(optimiser, size.learningRates);
  // The first cycle of `cyclic` is its own warm-up.
  const warmupSteps = train.schedule === "cyclic" ? 0 : (train.warmupSteps ?? Math.ceil(steps / 20));
  return {
    vocabularySize: vocabularyOf(recipe.tokenizer, size),
    model,
    train: {
      from: train.from,
      nodes: train.nodes,
      ...(train.pipelineStages > 1 && { pipelineStages: train.pipelineStages }),
      device: train.device,
      exchange: train.exchange,
      precision: train.precision,
      outerEvery: outerEveryOf(train, steps),
      leaves: train.leaves,
      leafBatch: train.leafBatch ?? size.leafBatch,
      leafThreads: train.leafThreads,
      steps,
      learningRate,
      warmupSteps,
      schedule: scheduleOf(train, steps, warmupSteps),
      finalLearningRate: train.finalLearningRate ?? learningRate / 10,
      optimiser: optimiserOf(optimiser, train),
      // That of SGD goes through its momentum and is no longer the decay of the others.
      weightDecay: train.weightDecay ?? (optimiser === "sgd" ? 0 : 0.1),
      decayGroups: decayGroupsOf(train.decayGroups),
      beta1: train.beta1,
      beta2: train.beta2,
      clip: train.clip,
      averageDecay: train.averageDecay,
      seed: train.seed,
      validateEvery: train.validateEvery ?? Math.max(1, Math.ceil(steps / 10)),
      checkpointEvery: train.checkpointEvery ?? Math.max(1, Math.ceil(steps / 10)),
      patience: train.patience,
      tensorboard: train.tensorboard,
      timeLimitSeconds: train.timeLimitSeconds,
      ...(lora && { lora }),
    },
  };
}

/** Characters of documents, special tokens included, roughly: only estimates use it, since the documents say how many there are. */
const CHARACTERS = 128;

function vocabularyOf(
  { kind, vocabularySize }: Recipe["tokenizer"],
  derived: { readonly vocabularySize: number },
): number {
  return kind === "characters" ? CHARACTERS : (vocabularySize ?? derived.vocabularySize);
}

/** @throws {RangeError} If the nodes are too many for the leaves, or cannot be or make pipelines. */
function checkNodes(
  { nodes, leaves, device, exchange, precision, pipelineStages: stages }: Train,
  layers: number,
): void {
  if (stages === 1) {
    if (nodes <= leaves) return;
    throw new RangeError(
      `planning training: ${nodes} nodes for ${leaves} leaves; a node needs a leaf, so train.nodes may be at most train.leaves`,
    );
  }
  const found = `planning training: found train.pipelineStages ${stages}`;
  const others = [
    ["device", device, "cpu", "stages compute on the processor"],
    ["exchange", exchange, "exact", "stages exchange exactly"],
    ["precision", precision, "float32", "stages compute in float32"],
  ] as const;
  for (const [key, value, wanted, why] of others) {
    // A card is chosen only where it can do all that is asked for.
    if (value === wanted || value === "auto") continue;
    const way = `wanted train.${key} "${wanted}", or train.pipelineStages 1`;
    throw new RangeError(`${found} with train.${key} "${value}"; ${why}, so ${way}`);
  }
  if (stages > layers)
    throw new RangeError(`${found} for model.layers ${layers}; a stage needs a layer, so wanted at most ${layers}`);
  if (nodes % stages === 0 && nodes / stages <= leaves) return;
  throw new RangeError(
    `${found} with train.nodes ${nodes} and train.leaves ${leaves}; a pipeline has a node for each stage and needs a leaf, so wanted train.nodes ${stages}, ${2 * stages}, ... and at most ${stages * leaves}`,
  );
}

/** A model that is trained further as a whole up to this many parameters, unless the recipe says otherwise. */
const LARGEST_WHOLE = 50e6;

/** The adapters that are trained beside a model of so many parameters; undefined where all of it is trained. */
function adaptersOf({ method, lora }: Train, parameters: number): Adapters | undefined {
  const isChosen = method === "lora" || lora !== undefined;
  const isDerived = method === undefined && parameters > LARGEST_WHOLE;
  if (!isChosen && !isDerived) return undefined;
  const { rank = 16, targets = ["attention", "feedForward"] } = lora ?? {};
  // In one order: what trains alike is one job.
  return {
    rank,
    alpha: lora?.alpha ?? 2 * rank,
    targets: ADAPTER_TARGETS.filter((target) => targets.includes(target)),
  };
}

/** Sequences of a micro-batch, learning rate and passes over the text where training goes on from a model of others. */
export const CONTINUED = {
  leafBatch: 1,
  learningRate: 5e-5,
  /** Adapters begin at zero, and are few. */
  adapterLearningRate: 2e-4,
  passes: 3,
  fewestSteps: 20,
  mostSteps: 2000,
} as const;
/** Of text in a vocabulary of tens of thousands of tokens, roughly. */
const BYTES_PER_TOKEN = 4;

/** What is derived where a model is trained further: little, so that it does not forget what it knows. */
function continued(
  { corpusBytes, conversations }: { readonly corpusBytes: number; readonly conversations: number },
  { leaves, leafBatch = CONTINUED.leafBatch }: Train,
  contextLength: number,
  isLora: boolean,
): Pick<Size, "leafBatch" | "steps" | "learningRates"> {
  const { passes, fewestSteps, mostSteps, adapterLearningRate } = CONTINUED;
  const learningRates = { adamw: isLora ? adapterLearningRate : CONTINUED.learningRate };
  // A conversation has a row of its own, however short it is.
  const rows = Math.max(conversations, corpusBytes / BYTES_PER_TOKEN / contextLength);
  const steps = Math.ceil((passes * rows) / (leaves * leafBatch));
  return { leafBatch, steps: Math.min(Math.max(steps, fewestSteps), mostSteps), learningRates };
}

function outerEveryOf({ exchange, outerEvery = 50 }: Train, steps: number): number | undefined {
  if (exchange !== "diloco") return undefined;
  if (steps % outerEvery === 0) return outerEvery;
  throw new RangeError(
    `planning training: ${steps} steps are not whole rounds of train.outerEvery ${outerEvery}; wanted a multiple, as train.steps ${Math.ceil(steps / outerEvery) * outerEvery}`,
  );
}

function scheduleOf(train: Train, steps: number, warmupSteps: number): Schedule {
  const { schedule: name, cycleFactor = 2 } = train;
  // Three cycles fill the run, each `factor` times as long as the one before.
  const firstOfThree = (factor: number): number => Math.ceil((steps - warmupSteps) / (1 + factor + factor ** 2));
  const cycleSteps = (factor: number): number => train.cycleSteps ?? Math.max(2, firstOfThree(factor));
  switch (name) {
    case "cosine":
    case "linear":
      return { name };
    case "wsd": {
      const decaySteps = train.decaySteps ?? Math.max(1, Math.min(Math.ceil(steps / 5), steps - warmupSteps - 1));
      // What nobody wrote is not refused: one or two steps are too few for a warm-up, a peak and a fall.
      const isDerived = train.decaySteps === undefined && train.warmupSteps === undefined;
      if (isDerived || warmupSteps + decaySteps < steps) return { name, decaySteps };
      throw new RangeError(
        `planning training: train.warmupSteps ${warmupSteps} and train.decaySteps ${decaySteps} leave none of the ${steps} steps for the peak; wanted fewer than those in all`,
      );
    }
    case "cyclic":
      return { name, cycleSteps: cycleSteps(1) };
    case "restarts":
      return { name, cycleSteps: cycleSteps(cycleFactor), cycleFactor };
  }
}

/** In one order, and absent if they are the ones that decay anyhow: what trains alike is one job. */
function decayGroupsOf(groups: Train["decayGroups"]): Train["decayGroups"] {
  const sorted = groups && PARAMETER_GROUPS.filter((group) => groups.includes(group));
  return sorted?.join() === "hidden,embeddings" ? undefined : sorted;
}

type OptimiserName = NonNullable<Train["optimiser"]>;

/** A learning rate belongs to its optimiser, so one of the recipe's own keeps the usual one. */
function derivedOptimiser({ learningRate }: Train, rates: Size["learningRates"]): OptimiserName {
  return rates.muon !== undefined && learningRate === undefined ? "muon" : "adamw";
}

function rateOf(optimiser: OptimiserName, { adamw, muon = adamw }: Size["learningRates"]): number {
  return optimiser === "muon" ? muon : adamw;
}

function optimiserOf(name: OptimiserName, { momentum, nesterov }: Pick<Train, "momentum" | "nesterov">): Optimiser {
  switch (name) {
    case "adamw":
      return { name };
    case "muon":
      return { name, momentum: momentum ?? 0.95, nesterov: nesterov ?? true };
    case "sgd":
      return { name, momentum: momentum ?? 0.9, nesterov: nesterov ?? false };
  }
}
