/**
 * What a recipe leaves out, derived from the size of the cleaned corpus. A pure table, so the same corpus always gives the same
 * model; `docs/recipe.md` shows it.
 */
import type { Recipe } from "./recipe.ts";

type Derived = Omit<Recipe["train"], "patience" | "timeLimitSeconds" | "enabled">;
/** The recipe's section with nothing left open. */
type Settled = { readonly [Key in keyof Derived]-?: NonNullable<Derived[Key]> };

/** Everything that training needs to know, nothing left open. */
export interface TrainingPlan {
  readonly vocabularySize: number;
  readonly model: {
    readonly layers: number;
    readonly heads: number;
    readonly width: number;
    readonly contextLength: number;
  };
  readonly train: Settled & { readonly patience: number | undefined; readonly timeLimitSeconds: number | undefined };
}

interface Size {
  /** Upper bound of the corpus, in UTF-8 bytes. */
  readonly below: number;
  readonly vocabularySize: number;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly contextLength: number;
  readonly leafBatch: number;
  readonly steps: number;
  readonly learningRate: number;
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
    learningRate: 3e-3,
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
    learningRate: 3e-3,
  },
  {
    below: 8e6,
    vocabularySize: 2048,
    layers: 4,
    heads: 4,
    width: 128,
    contextLength: 128,
    leafBatch: 2,
    steps: 900,
    learningRate: 3e-3,
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
    learningRate: 1e-3,
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
    learningRate: 6e-4,
  },
];

/**
 * Fills in what the recipe leaves open.
 * @param recipe Parsed recipe.
 * @param corpusBytes UTF-8 bytes of the kept documents (for an estimate: of the sources).
 * @throws {RangeError} If the width is no multiple of the heads, or there are more nodes than leaves.
 */
export function planTraining(recipe: Recipe, corpusBytes: number): TrainingPlan {
  const size = SIZES.find((row) => corpusBytes < row.below) as Size;
  const { model, train } = recipe;
  const heads = model.heads ?? size.heads;
  const width = model.width ?? size.width;
  if (width % heads !== 0) {
    throw new RangeError(
      `planning the model: width ${width} is no multiple of ${heads} heads; choose model.width or model.heads anew`,
    );
  }
  if (train.nodes > train.leaves) {
    throw new RangeError(
      `planning training: ${train.nodes} nodes for ${train.leaves} leaves; a node needs a leaf, so train.nodes may be at most train.leaves`,
    );
  }
  const steps = train.steps ?? size.steps;
  const learningRate = train.learningRate ?? size.learningRate;
  return {
    vocabularySize: recipe.tokenizer.vocabularySize ?? size.vocabularySize,
    model: {
      layers: model.layers ?? size.layers,
      heads,
      width,
      contextLength: model.contextLength ?? size.contextLength,
    },
    train: {
      nodes: train.nodes,
      leaves: train.leaves,
      leafBatch: train.leafBatch ?? size.leafBatch,
      leafThreads: train.leafThreads,
      steps,
      learningRate,
      warmupSteps: train.warmupSteps ?? Math.ceil(steps / 20),
      finalLearningRate: train.finalLearningRate ?? learningRate / 10,
      weightDecay: train.weightDecay,
      beta1: train.beta1,
      beta2: train.beta2,
      clip: train.clip,
      seed: train.seed,
      validateEvery: train.validateEvery ?? Math.max(1, Math.ceil(steps / 10)),
      checkpointEvery: train.checkpointEvery ?? Math.max(1, Math.ceil(steps / 10)),
      patience: train.patience,
      timeLimitSeconds: train.timeLimitSeconds,
    },
  };
}
