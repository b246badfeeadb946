/**
 * Exponential moving average of the weights: less noisy than the last ones, and often better on text that was not trained on.
 * @see Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging", for averages of weights; that the first
 * steps are forgotten faster is TensorFlow's ExponentialMovingAverage with `num_updates`.
 */
import { add, mul, sub } from "@millrace/tensor";
import type { VectorSpace } from "./vector_space.ts";

export interface MovingAverage<Place = Float32Array> {
  /** The average; begins as a copy of the parameters. */
  readonly averages: Place;
  /**
   * Takes the parameters after a step into the average.
   * @param step 0-based.
   */
  update(parameters: Place, step: number): Promise<void>;
  release(): Promise<void>;
}

/**
 * Opens an average.
 * @param decay Share of the average that stays at a step, at most; between 0 and 1.
 * @param averages Where it is kept.
 */
export async function openMovingAverage<Place>(
  vectors: VectorSpace<Place>,
  decay: number,
  averages: Place,
): Promise<MovingAverage<Place>> {
  const elementwise = await vectors.openElementwise({
    name: "moving_average",
    vectors: ["averages", "parameters"],
    factors: ["share"],
    update: ({ averages, parameters, share }) => ({
      averages: add(averages, mul(sub(parameters, averages), share)),
    }),
  });
  return {
    averages,
    // After step 0 one step has been made: the first share that stays is (1 + 1) / (10 + 1).
    update: (parameters, step) =>
      elementwise.run({ averages, parameters }, { share: 1 - Math.min(decay, (step + 2) / (step + 11)) }),
    release: () => elementwise.release(),
  };
}
