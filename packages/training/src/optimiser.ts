/**
 * Optimisers change parameters by a gradient. They compute alike on every node: nothing depends on how many there are. `Place` is how a
 * vector is kept: the memory of this process, or of a device.
 */
import type { Executor } from "@millrace/execution";
import type { Parameter } from "@millrace/transformer";
import type { VectorSpace } from "./vector_space.ts";

/** What differs from step to step. */
export interface OptimiserStep {
  /** 0-based. */
  readonly step: number;
  readonly learningRate: number;
  /** Factor for the gradient before all else: one over the number of targets, and clipping. */
  readonly gradientScale: number;
}

/** An optimiser made ready to run. */
export interface Optimiser<Place = Float32Array> {
  /** What it remembers between steps, by the name in a checkpoint: vectors as long as the parameters, zero at first. */
  readonly memory: Readonly<Record<string, Place>>;
  /** Updates parameters and memory in place. */
  apply(parameters: Place, gradient: Place, step: OptimiserStep): Promise<void>;
  release(): Promise<void>;
}

/** What all optimisers are opened with. */
export interface OptimiserParts<Place = Float32Array> {
  readonly executor: Executor;
  readonly layout: readonly Parameter[];
  /** Weight decay of each element; 0 where it does not apply. Its length is that of the parameters. */
  readonly decay: Float32Array;
  readonly vectors: VectorSpace<Place>;
  /** Pieces of work under way at once; changes no result. */
  readonly concurrency: number;
}
