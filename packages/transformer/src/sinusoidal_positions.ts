/**
 * Table of sinusoidal positions: element (p, 2i) is sin(p / 10000^(2i / D)), element (p, 2i + 1) the cosine, times a factor
 * that gives the table the deviation of the token embeddings it is added to. (The paper enlarges the embeddings by sqrt(D) instead.)
 * Computed in float64 and rounded to float32.
 * @param deviation Root mean square of the elements.
 * @returns Shape (T, D).
 * @see Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
 */
export function sinusoidalTable(contextLength: number, width: number, deviation: number): Float32Array {
  const table = new Float32Array(contextLength * width);
  const amplitude = deviation * Math.SQRT2;
  for (let position = 0; position < contextLength; position++) {
    for (let pair = 0; pair < width / 2; pair++) {
      const angle = position / 10_000 ** ((2 * pair) / width);
      table[position * width + 2 * pair] = amplitude * Math.sin(angle);
      table[position * width + 2 * pair + 1] = amplitude * Math.cos(angle);
    }
  }
  return table;
}
