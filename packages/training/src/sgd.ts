/**
 * Stochastic gradient descent with momentum, element-wise over the flat parameter vector. As PyTorch computes it: weight decay is
 * added to the gradient, and the velocity is multiplied by the learning rate of each step.
 * @see Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", sections 2 and 3 (Nesterov).
 */
import { add, mul, scalar } from "@millrace/tensor";
import type { Optimiser, OptimiserParts } from "./optimiser.ts";

/** Settings that hold for a whole run. */
export interface SgdSettings {
  /** Share of the velocity that stays, 0 to below 1. */
  readonly momentum: number;
  /** Whether the gradient is added to the velocity once more, as if measured a step ahead. */
  readonly nesterov: boolean;
}

/** Opens the optimiser. */
export async function openSgd<Place>(
  { momentum, nesterov }: SgdSettings,
  { decay, vectors }: Pick<OptimiserParts<Place>, "decay" | "vectors">,
): Promise<Optimiser<Place>> {
  const elementwise = await vectors.openElementwise({
    name: "sgd",
    vectors: ["parameters", "velocity", "gradient", "decay"],
    factors: ["gradientScale", "negativeLearningRate"],
    update({ parameters, velocity, gradient, decay, gradientScale, negativeLearningRate }) {
      const g = add(mul(gradient, gradientScale), mul(parameters, decay));
      const v = add(mul(velocity, scalar(momentum)), g);
      const direction = nesterov ? add(g, mul(v, scalar(momentum))) : v;
      return { parameters: add(parameters, mul(direction, negativeLearningRate)), velocity: v };
    },
  });
  const memory = { velocity: await vectors.zeros() };
  const decays = await vectors.of(decay);
  return {
    memory,
    apply: (parameters, gradient, { learningRate, gradientScale }) =>
      elementwise.run(
        { parameters, gradient, decay: decays, ...memory },
        { gradientScale, negativeLearningRate: -learningRate },
      ),
    release: () => elementwise.release(),
  };
}
