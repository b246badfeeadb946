import type { Attributes } from "../graph.ts";
import { causalAttentionAttributes } from "../operations/attention.ts";
import { build, read, type ReferenceArray } from "./array.ts";

/** Attention of whole sequences: what each token makes of the values, then keys, values and probabilities of every head. */
export function causalAttention(joint: ReferenceArray, attributes: Attributes): readonly ReferenceArray[] {
  const { heads, scale } = causalAttentionAttributes({ attributes });
  const [batch = 0, length = 0, extent = 0] = joint.shape;
  const width = extent / 3 / heads;
  const part = (which: number): ReferenceArray =>
    build([batch, heads, length, width], ([b = 0, head = 0, token = 0, column = 0]) =>
      read(joint, [b, token, (which * heads + head) * width + column]),
    );
  const [queries, keys, values] = [part(0), part(1), part(2)];
  const columns = Array.from({ length: width }, (_, column) => column);
  const powers = build([batch, heads, length, length], ([b = 0, head = 0, token = 0, seen = 0]) => {
    if (seen > token) return 0;
    const product = columns.map(
      (column) => read(queries, [b, head, token, column]) * read(keys, [b, head, seen, column]),
    );
    return Math.exp(scale * product.reduce((sum, term) => sum + term, 0));
  });
  const places = Array.from({ length }, (_, place) => place);
  const probabilities = build(powers.shape, (place) => {
    const total = places.reduce((sum, seen) => sum + read(powers, place.with(3, seen)), 0);
    return read(powers, place) / total;
  });
  const mixed = build([batch, length, heads * width], ([b = 0, token = 0, column = 0]) => {
    const head = Math.floor(column / width);
    return places.reduce(
      (sum, seen) => sum + read(probabilities, [b, head, token, seen]) * read(values, [b, head, seen, column % width]),
      0,
    );
  });
  return [mixed, keys, values, probabilities];
}
