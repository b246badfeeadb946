import type { Parameter } from "@millrace/transformer";

/** Kinds of parameters that training treats apart. */
export type ParameterGroup = "hidden" | "embeddings" | "norms" | "biases";

/** Groups that decay unless a recipe says otherwise: all matrices, as in GPT-2's training. */
const DECAYING: readonly ParameterGroup[] = ["hidden", "embeddings"];

/**
 * The group of a parameter, by its shape and its name in Hugging Face's checkpoints: `hidden` are the matrices inside blocks,
 * `embeddings` all other matrices (tokens, positions, the head), `norms` scales and shifts of normalisations.
 */
export function groupOf({ name, shape }: Pick<Parameter, "name" | "shape">): ParameterGroup {
  if (shape.length > 1) return /\.(?:h|layers)\.\d+\./.test(name) ? "hidden" : "embeddings";
  return /(?:^|[._])(?:ln|norm|layernorm)/.test(name) ? "norms" : "biases";
}

/**
 * The weight decay of each element of the flat vector.
 * @param size Length of the vector.
 * @param groups Groups that decay by `weightDecay`; the others do not, and what is frozen never does.
 */
export function decayOfElements(
  layout: readonly Parameter[],
  size: number,
  weightDecay: number,
  groups: readonly ParameterGroup[] = DECAYING,
): Float32Array {
  const decay = new Float32Array(size);
  for (const parameter of layout) {
    if (!parameter.frozen && groups.includes(groupOf(parameter)))
      decay.fill(weightDecay, parameter.offset, parameter.offset + parameter.size);
  }
  return decay;
}
