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
 * Writes the weight decay of each element of the flat vector.
 * @param decay Zeros, as long as the vector.
 * @returns The same.
 * @param groups Groups that decay by `weightDecay`; the others do not, and what is frozen never does.
 */
export function decayOfElements(
  layout: readonly Parameter[],
  decay: Float32Array,
  weightDecay: number,
  groups: readonly ParameterGroup[] = DECAYING,
): Float32Array {
  for (const parameter of layout) {
    if (!parameter.frozen && groups.includes(groupOf(parameter)))
      decay.fill(weightDecay, parameter.offset, parameter.offset + parameter.size);
  }
  return decay;
}
