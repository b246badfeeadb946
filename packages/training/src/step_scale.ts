import type { Parameter } from "@millrace/transformer";
import { learningRateAt } from "./schedule.ts";
import type { TrainingConfig } from "./training_config.ts";

/** What one step did. */
export interface StepReport {
  /** Mean loss before the step, nats a token. */
  readonly loss: number;
  /** Targets counted in the step. */
  readonly targetCount: number;
  /** Norm of the mean gradient, before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** A step whose gradient is not finite. Tried again it is the same: only other settings help. */
export class NonFiniteGradientError extends Error {
  override readonly name = "NonFiniteGradientError";
}

/** Sums over all leaves of a step. */
export interface StepSums {
  /** Nats. */
  readonly lossSum: number;
  readonly targetCount: number;
  /** Of the elements of the summed gradient. */
  readonly squares: number;
}

/**
 * Works out how far a step goes.
 * @returns The report, and the factor that makes the summed gradient the clipped mean gradient.
 * @throws {Error} If no target was counted.
 */
export function stepScale(
  training: TrainingConfig,
  step: number,
  { lossSum, targetCount, squares }: StepSums,
): StepReport & { readonly gradientScale: number } {
  if (!(targetCount > 0)) throw new Error(`step ${step}: ${targetCount} targets were counted, wanted at least one`);
  const gradientNorm = Math.sqrt(squares) / targetCount;
  const clipping = gradientNorm > training.clip ? training.clip / gradientNorm : 1;
  const learningRate = learningRateAt(training, step);
  return {
    loss: lossSum / targetCount,
    targetCount,
    gradientNorm,
    learningRate,
    gradientScale: clipping / targetCount,
  };
}

/** The error for a summed gradient that is not finite, naming the first such parameter. */
export function nonFiniteGradient(
  step: number,
  layout: readonly Parameter[],
  gradient: Float32Array,
): NonFiniteGradientError {
  const bad = layout.find(({ offset, size }) =>
    gradient.subarray(offset, offset + size).some((x) => !Number.isFinite(x)),
  );
  return nonFiniteGradientOf(step, bad?.name);
}

/** The same where the parameter is known. */
export function nonFiniteGradientOf(step: number, name: string | undefined): NonFiniteGradientError {
  const where = name === undefined ? "the gradient's norm is not finite" : `the gradient of "${name}" is not finite`;
  return new NonFiniteGradientError(`step ${step}: ${where}; a lower learning rate or a longer warm-up may help`);
}
