/** Optimisers change parameters by a gradient. They compute alike on every node: nothing depends on how many there are. */
import type { Executor } from "@millrace/execution";
import type { Parameter } from "@millrace/transformer";
import { openAdamW } from "./adamw.ts";
import { openMuon } from "./muon.ts";
import { openSgd } from "./sgd.ts";
import type { TrainingConfig } from "./training_config.ts";

/** What differs from step to step. */
export interface OptimiserStep {
  /** 0-based. */
  readonly step: number;
  readonly learningRate: number;
  /** Factor for the gradient before all else: one over the number of targets, and clipping. */
  readonly gradientScale: number;
}

/** An optimiser made ready to run. */
export interface Optimiser {
  /** What it remembers between steps, by the name in a checkpoint: vectors as long as the parameters, zero at first. */
  readonly memory: Readonly<Record<string, Float32Array>>;
  /** Updates parameters and memory in place. */
  apply(parameters: Float32Array, gradient: Float32Array, step: OptimiserStep): Promise<void>;
  release(): Promise<void>;
}

/** What all optimisers are opened with. */
export interface OptimiserParts {
  readonly executor: Executor;
  readonly layout: readonly Parameter[];
  /** Weight decay of each element; 0 where it does not apply. Its length is that of the parameters. */
  readonly decay: Float32Array;
  /** Makes a vector of zeros as long as the parameters. */
  newVector(): Float32Array;
  /** Pieces of work under way at once; changes no result. */
  readonly concurrency: number;
}

/** Opens the optimiser that a run is to be trained with. */
export function openOptimiser(training: TrainingConfig, parts: OptimiserParts): Promise<Optimiser> {
  const { optimiser } = training;
  switch (optimiser?.name) {
    case undefined:
      return openAdamW(training, parts);
    case "muon":
      return openMuon({ ...training, ...optimiser }, parts);
    case "sgd":
      return openSgd(optimiser, parts);
  }
}
