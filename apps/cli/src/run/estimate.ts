/** What a recipe will take on this machine, from counting alone: nothing is measured, so it costs no time to know. */
import type { TrainingPlan } from "@millrace/contracts";

export interface Estimate {
  readonly seconds: { readonly corpus: number; readonly training: number; readonly total: number };
  /** Bytes of the sources that it is made for. */
  readonly sourceBytes: number;
  /** Parameters, their gradients and both moments of the optimiser, in all nodes together. */
  readonly stateBytes: number;
  /** Largest resident memory of all processes together. */
  readonly memoryBytes: number;
  /** Work of all processes together; nothing is rented, so this is the cost. */
  readonly coreSeconds: number;
  /** How these figures were made, one statement a line. */
  readonly basis: readonly string[];
}

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

/** Cleaning, learning the tokenizer and evaluating, by the bytes of the sources. */
const CORPUS_BYTES_PER_SECOND = 0.5e6;
/** What one core reaches in a whole leaf, and in matrix products alone. */
const FLOPS_PER_CORE = 30e9;
const PRODUCT_FLOPS_PER_CORE = 90e9;
/** Multiplications and additions for each parameter and token: forward, backward, and the gradient of the parameter. */
const OPERATIONS = 6;
const FROZEN_OPERATIONS = 4;
/** More of them in stages, which compute their activations twice. */
const STAGED_OPERATIONS = 2;
const LEAF_SECONDS = 0.001;
const STEP_SECONDS = 0.001;
/** Starting the services and node processes, deploying. */
const FIXED_SECONDS = 3;
/** Operations of Muon for each block and step, over the width cubed: five iterations on matrices of a width by one to four widths. */
const MUON_OPERATIONS = 300;
const OWNER_BYTES = 400e6;
const NODE_BYTES = 150e6;

/**
 * Estimates a run.
 * @param plan Nothing left open.
 * @param parameters Number of the model's parameters.
 * @param sourceBytes Bytes of the sources.
 * @param trains False where the recipe stops after the corpus.
 * @param trained Number of those that are trained: all, or the elements of adapters beside a frozen model.
 */
export function estimate(
  plan: TrainingPlan,
  parameters: number,
  sourceBytes: number,
  trains: boolean,
  { cores }: Pick<Machine, "cores">,
  trained: number = parameters,
): Estimate {
  const { train, model } = plan;
  const corpus = FIXED_SECONDS + sourceBytes / CORPUS_BYTES_PER_SECOND;
  if (!trains) {
    return {
      seconds: { corpus, training: 0, total: corpus },
      sourceBytes,
      stateBytes: 0,
      memoryBytes: OWNER_BYTES + sourceBytes,
      coreSeconds: corpus,
      basis: [CORPUS_BASIS],
    };
  }
  const leafTokens = train.leafBatch * model.contextLength;
  const attentionFlops = 12 * model.layers * model.width * model.contextLength * leafTokens;
  // A frozen weight has no gradient of its own, which is a third of the work.
  const stages = train.pipelineStages ?? 1;
  const operations = (trained < parameters ? FROZEN_OPERATIONS : OPERATIONS) + (stages > 1 ? STAGED_OPERATIONS : 0);
  const leafFlops = operations * parameters * leafTokens + attentionFlops;
  const leafSeconds = LEAF_SECONDS + leafFlops / FLOPS_PER_CORE;
  const atOnce = Math.min(train.nodes, cores);
  const isMuon = train.optimiser.name === "muon";
  // Every node does all of what it holds, and they share the cores.
  const muonFlops = isMuon ? (train.nodes / stages) * MUON_OPERATIONS * model.layers * model.width ** 3 : 0;
  const optimiserSeconds = muonFlops / (cores * PRODUCT_FLOPS_PER_CORE);
  const training = train.steps * ((leafSeconds * train.leaves) / atOnce + STEP_SECONDS + optimiserSeconds);
  const limited = Math.min(training, train.timeLimitSeconds ?? Infinity);
  return {
    seconds: { corpus, training: limited, total: corpus + limited },
    sourceBytes,
    stateBytes: (train.nodes / stages) * 4 * (stateVectors(plan) * trained + (trained < parameters ? parameters : 0)),
    memoryBytes: OWNER_BYTES + sourceBytes + train.nodes * nodeBytes(plan, parameters, trained, leafTokens),
    coreSeconds: corpus + limited * atOnce,
    basis: [
      CORPUS_BASIS,
      `time: ${train.steps} steps of ${train.leaves} leaves of ${leafTokens} tokens, ${operations} operations a parameter and token ` +
        `and those of attention, at ${FLOPS_PER_CORE / 1e9} GFLOP/s on each of ${atOnce} cores, ` +
        `and ${LEAF_SECONDS * 1000} ms for each leaf and step` +
        (isMuon
          ? `; ${MUON_OPERATIONS} operations a block, width cubed and step in each node for Muon, at ${PRODUCT_FLOPS_PER_CORE / 1e9} GFLOP/s`
          : ""),
      `memory: ${OWNER_BYTES / 1e6} MB for the services, ${NODE_BYTES / 1e6} MB a node, in each node ${stages > 1 ? "its stage's share of " : ""}${trained < parameters ? "the parameters, " : ""}${stateVectors(plan) + 1} vectors of the ${trained < parameters ? "adapters" : "parameters"} and one leaf's activations`,
    ],
  };
}

const CORPUS_BASIS = `time: ${CORPUS_BYTES_PER_SECOND / 1e6} MB of sources a second to clean, tokenize and evaluate, and ${FIXED_SECONDS} s to start and deploy`;

/** Vectors of the parameters in a node: they, their gradients, what the optimiser remembers, their average if there is one. */
function stateVectors({ train }: TrainingPlan): number {
  return 2 + (train.optimiser.name === "sgd" ? 1 : 2) + (train.averageDecay === undefined ? 0 : 1);
}

/** The state and a partial sum; activations as float32. */
function nodeBytes(plan: TrainingPlan, parameters: number, trained: number, leafTokens: number): number {
  const { model, train, vocabularySize } = plan;
  const perToken = model.layers * (20 * model.width + 3 * model.heads * model.contextLength) + 3 * vocabularySize;
  const frozen = trained < parameters ? parameters : 0;
  const whole = 4 * (frozen + (stateVectors(plan) + 1) * trained + leafTokens * perToken);
  // A stage has its share on average, if not to the byte.
  return NODE_BYTES + whole / (train.pipelineStages ?? 1);
}
