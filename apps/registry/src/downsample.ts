/**
 * Thins a curve for drawing: of each of equally wide buckets of steps the points with the least and the greatest loss stay, with the
 * first and the last of all, and every point that carries a validation loss. Nothing that stands out is lost.
 */
import type { TrainingPoint } from "@millrace/contracts";

/**
 * @param points Ascending by step.
 * @param most About how many to keep, at least 2.
 */
export function downsample(points: readonly TrainingPoint[], most: number): TrainingPoint[] {
  const [first, last] = [points.at(0), points.at(-1)];
  if (points.length <= most || !first || !last) return [...points];
  const buckets = Math.max(1, Math.floor(most / 2));
  const width = (last.step - first.step + 1) / buckets;
  const kept = new Set<TrainingPoint>([first, last]);
  let [least, greatest]: [TrainingPoint, TrainingPoint] = [first, first];
  let bucket = -1;
  for (const point of points) {
    if (point.validationLoss !== undefined) kept.add(point);
    const own = Math.floor((point.step - first.step) / width);
    if (own !== bucket) {
      kept.add(least).add(greatest);
      [bucket, least, greatest] = [own, point, point];
    }
    if ((point.loss ?? Infinity) < (least.loss ?? Infinity)) least = point;
    if ((point.loss ?? -Infinity) > (greatest.loss ?? -Infinity)) greatest = point;
  }
  kept.add(least).add(greatest);
  return points.filter((point) => kept.has(point));
}
