/** From steps and losses to places in a drawing. */
import type { TrainingPoint } from "@millrace/contracts";

export interface LossScale {
  readonly width: number;
  readonly height: number;
  /** Losses at the lower and the upper end. */
  readonly low: number;
  readonly high: number;
  y(loss: number): number;
  /** An SVG path through the points that have a value. */
  line(points: readonly TrainingPoint[], pick: (point: TrainingPoint) => number | undefined): string;
}

/**
 * @param losses Every loss that has to be seen, at least one.
 * @param steps At the right end.
 */
export function lossScale(losses: readonly number[], steps: number): LossScale {
  const [width, height] = [1000, 300];
  const [least, most] = losses.reduce(([low, high], loss) => [Math.min(low, loss), Math.max(high, loss)], [
    Infinity,
    -Infinity,
  ] as [number, number]);
  const margin = Math.max(0.05, (most - least) * 0.05);
  const [low, high] = [Math.max(0, least - margin), most + margin];
  const x = (step: number): number => (width * step) / Math.max(1, steps);
  const y = (loss: number): number => height * (1 - (loss - low) / (high - low));
  return {
    width,
    height,
    low,
    high,
    y,
    line: (points, pick) =>
      points
        .flatMap((point) => {
          const loss = pick(point);
          return loss === undefined ? [] : [`${x(point.step).toFixed(1)} ${y(loss).toFixed(1)}`];
        })
        .map((place, index) => `${index === 0 ? "M" : "L"}${place}`)
        .join(""),
  };
}

/** Every loss of a curve. */
export function lossesOf(points: readonly TrainingPoint[]): number[] {
  return points.flatMap(({ loss, validationLoss }) => [loss, validationLoss]).filter((loss) => loss !== undefined);
}
