/** Tensors that lie in a flat vector. */
import type { TensorView } from "@millrace/execution";
import type { Parameter } from "@millrace/transformer";

/** A view of each parameter, by its name after a prefix. */
export function viewsOf(
  layout: readonly Parameter[],
  vector: Float32Array,
  prefix: string,
): Record<string, TensorView & { readonly data: Float32Array }> {
  return Object.fromEntries(
    layout.map(({ name, shape, offset, size }) => [
      prefix + name,
      { data: vector.subarray(offset, offset + size), shape },
    ]),
  );
}

/** Loss sum and target count, one element each, one behind the other. */
export function lossViews(vector: Float32Array, offset: number): Record<string, TensorView> {
  const one = (index: number): TensorView => ({ data: vector.subarray(index, index + 1), shape: [1] });
  return { loss_sum: one(offset), target_count: one(offset + 1) };
}

/** Stretches of a flat vector that belong to no parameter, which no graph writes. */
export function gapsOf(layout: readonly Parameter[], size: number): (readonly [number, number])[] {
  return layout.map((parameter, index) => [parameter.offset + parameter.size, layout[index + 1]?.offset ?? size]);
}
