/**
 * Dynamic loss scaling: with products of float16, gradients are computed of a multiple of the loss, so that small ones do not become 0.
 * Where one does not fit any more the step is skipped and the factor halved; after many steps that went well it is doubled. All of it
 * follows from the sums of a step, so that it is the same on every node. The constants are the defaults of PyTorch's GradScaler.
 * @see https://docs.pytorch.org/docs/stable/amp.html
 */
const FIRST_FACTOR = 65_536;
const GROWTH = 2;
const GROWTH_STEPS = 2000;

/** Numbers of which it consists, as a checkpoint and a peer have them: the factor, good steps since it changed, steps skipped in all. */
export const LOSS_SCALE_NUMBERS = 3;

export interface LossScale {
  readonly numbers: Float32Array;
  /** What the loss is multiplied by; a power of two. */
  readonly factor: number;
  /** Steps that were skipped since training began. */
  readonly skipped: number;
  /** To be told of a step whose gradient is finite, once it is applied. */
  succeed(): void;
  /**
   * To be told of a step whose gradient is not finite.
   * @param lossSum Of the step.
   * @returns Whether to skip it. No factor helps where the loss itself is not finite, or the mean loss is not multiplied any more.
   */
  fail(lossSum: number): boolean;
}

/**
 * Begins a training; afterwards the numbers may be overwritten by those of a checkpoint or a peer.
 * @param targets Of a leaf. Its loss is a sum over them, while the constants are for a mean.
 */
export function openLossScale(numbers: Float32Array, targets: number): LossScale {
  const ofMean = 2 ** -Math.ceil(Math.log2(targets));
  numbers.set([FIRST_FACTOR * ofMean, 0, 0]);
  return {
    numbers,
    get factor() {
      return numbers[0]!;
    },
    get skipped() {
      return numbers[2]!;
    },
    succeed() {
      numbers[1]!++;
      if (numbers[1]! < GROWTH_STEPS) return;
      numbers[0]! *= GROWTH;
      numbers[1] = 0;
    },
    fail(lossSum) {
      if (!Number.isFinite(lossSum) || numbers[0]! <= ofMean) return false;
      numbers[0]! /= GROWTH;
      numbers[1] = 0;
      numbers[2]!++;
      return true;
    },
  };
}
