/**
 * Rotary positions: each pair (i, i + K/2) of a query or key is turned by an angle that grows with the position, so that their product
 * depends on the distance of the two tokens. Pairs lie half a head apart, as in Hugging Face's Llama checkpoints.
 * @see Su et al. 2021, "RoFormer: Enhanced Transformer with Rotary Position Embedding".
 */
import { add, concat, constant, gather, mul, reshape, split, sub, type Dimension, type Tensor } from "@millrace/tensor";
import type { ResolvedModel, RopeScaling } from "./config.ts";

/** Cosines and sines, each broadcast to (B, H, T, K/2). */
export interface Rotation {
  readonly cosines: Tensor;
  readonly sines: Tensor;
}

/**
 * Makes the rotation of a graph.
 * @param positions Integers, shape (B, T); without them each sequence fills the context.
 */
export function rotation(model: ResolvedModel, positions?: Tensor): Rotation {
  const { contextLength, headWidth } = model;
  const angles = rotaryAngles(model);
  const table = (wave: (angle: number) => number): Tensor => constant(angles.map(wave), [contextLength, headWidth / 2]);
  const [cosines, sines] = [table(Math.cos), table(Math.sin)];
  if (positions === undefined) return { cosines, sines };
  const [batch = 1, tokens = 1] = positions.shape;
  const shape: readonly Dimension[] = [batch, 1, tokens, headWidth / 2];
  return {
    cosines: reshape(gather(cosines, positions), shape),
    sines: reshape(gather(sines, positions), shape),
  };
}

/** Turns x, shape (B, H, T, K). */
export function rotate(x: Tensor, { cosines, sines }: Rotation): Tensor {
  const half = Number(x.shape.at(-1)) / 2;
  const [a = x, b = x] = split(x, -1, [half, half]);
  return concat([sub(mul(a, cosines), mul(b, sines)), add(mul(b, cosines), mul(a, sines))], -1);
}

/**
 * The angle of each position and pair. Rounded to float32 at each step as transformers rounds, since at high positions the angle
 * is large and its rounding shows.
 * @returns Shape (T, K/2).
 */
function rotaryAngles({ contextLength, headWidth, rope }: ResolvedModel): Float32Array {
  const pairs = headWidth / 2;
  const frequencies = Float32Array.from({ length: pairs }, (_, pair) =>
    scaled(Math.fround(1 / Math.fround(rope.theta ** Math.fround((2 * pair) / headWidth))), rope.scaling),
  );
  return Float32Array.from(
    { length: contextLength * pairs },
    (_, index) => Math.floor(index / pairs) * (frequencies[index % pairs] ?? 0),
  );
}

/**
 * `linear` divides every frequency by the factor. `llama3` does so for waves longer than the original context over the low factor, leaves
 * those shorter than it over the high factor, and goes from one to the other in between.
 */
function scaled(frequency: number, scaling: RopeScaling | undefined): number {
  if (scaling === undefined) return frequency;
  if (scaling.type === "linear") return frequency / scaling.factor;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const turns = (originalContextLength * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
  return kept * frequency + ((1 - kept) * frequency) / factor;
}
