import type { Parameter } from "@millrace/transformer";
import { largestNumber } from "./largest_number.ts";
import type { LossScale } from "./loss_scale.ts";
import { learningRateAt } from "./schedule.ts";
import type { TrainingConfig } from "./training_config.ts";

/** What one step did. */
export interface StepReport {
  /** Mean loss before the step, nats a token. */
  readonly loss: number;
  /** Targets counted in the step. */
  readonly targetCount: number;
  /** Norm of the mean gradient, before clipping; 0 of a step that was skipped. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Steps that loss scaling has skipped, this one included. Absent: there is no loss scaling. */
  readonly skippedSteps?: number;
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

/**
 * Works out a step under loss scaling, where there is one.
 * @param sums As they were summed: squares are of the scaled gradient.
 * @param apply Updates the state, by the factor that makes the summed gradient the clipped mean gradient.
 * @param failure Makes the error for a gradient that is not finite and cannot be helped.
 * @throws {NonFiniteGradientError} That error.
 */
export async function makeStep(
  training: TrainingConfig,
  step: number,
  sums: StepSums,
  scale: LossScale | undefined,
  apply: (learningRate: number, gradientScale: number) => Promise<void>,
  failure: () => NonFiniteGradientError | Promise<NonFiniteGradientError>,
): Promise<StepReport> {
  const factor = scale?.factor ?? 1;
  const isFinite = Number.isFinite(sums.squares);
  if (!isFinite && scale?.fail(sums.lossSum) !== true) throw await failure();
  // The factor is a power of two: taking it out rounds nothing.
  const squares = isFinite ? sums.squares / factor ** 2 : 0;
  const { gradientScale, ...report } = stepScale(training, step, { ...sums, squares });
  if (isFinite) {
    await apply(report.learningRate, gradientScale / factor);
    scale?.succeed();
  }
  return { ...report, ...(scale && { skippedSteps: scale.skipped }) };
}

/**
 * Makes the error for a summed gradient that is not finite, naming the first such parameter.
 * @param remark What else is known, in words.
 */
export async function nonFiniteGradient(
  step: number,
  layout: readonly Parameter[],
  gradient: Float32Array,
  remark?: string,
): Promise<NonFiniteGradientError> {
  for (const { name, offset, size } of layout) {
    const largest = await largestNumber(gradient.subarray(offset, offset + size));
    if (!Number.isFinite(largest)) return nonFiniteGradientOf(step, name, remark);
  }
  return nonFiniteGradientOf(step, undefined, remark);
}

/** The same where the parameter is known. */
export function nonFiniteGradientOf(step: number, name: string | undefined, remark?: string): NonFiniteGradientError {
  const what = name === undefined ? "the gradient's norm" : `the gradient of "${name}"`;
  return nonFiniteStep(step, `${what} is not finite${remark === undefined ? "" : ` (${remark})`}`);
}

/** The same where something before the gradients of parameters is not finite. */
export function nonFiniteStep(step: number, where: string): NonFiniteGradientError {
  return new NonFiniteGradientError(`step ${step}: ${where}; a lower learning rate or a longer warm-up may help`);
}
