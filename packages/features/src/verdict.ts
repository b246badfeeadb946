/** Bits per UTF-8 byte of the same validation documents, under a model and under the three baselines. */
export interface BitsPerByte {
  readonly model: number;
  /** Each document alone under gzip -9, and the answers of all conversations together. */
  readonly gzip: number;
  /** Under xz that has seen the training text. */
  readonly xzPrimed: number;
  /** Under an interpolated Kneser-Ney model of order 5 on the same tokens. */
  readonly ngram: number;
}

const BASELINES = [
  ["gzip", "gzip"],
  ["xzPrimed", "xz that has seen the training text"],
  ["ngram", "counting"],
] as const;

/**
 * Bits per byte of a text.
 * @param nats Sum over all its tokens of the negative log-likelihood, the first token given BOS.
 * @param sizeBytes Its UTF-8 bytes, above 0.
 * @throws {RangeError} If a number is not finite, or sizeBytes is not positive.
 */
export function bitsPerByte(nats: number, sizeBytes: number): number {
  if (!Number.isFinite(nats) || !Number.isFinite(sizeBytes) || sizeBytes <= 0) {
    throw new RangeError(
      `Cannot give bits per byte of ${nats} nats over ${sizeBytes} bytes: expected finite numbers, bytes above 0`,
    );
  }
  return nats / Math.LN2 / sizeBytes;
}

function listed(names: readonly string[], conjunction: "and" | "or"): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} ${conjunction} ${last}`;
}

/**
 * Says in words which baselines a model beats, such as "better than gzip, not better than counting". Equal is not
 * better.
 * @throws {RangeError} If a figure is not finite: a verdict over a missing measurement would be made up.
 */
export function verdict(figures: BitsPerByte): string {
  for (const [name, value] of Object.entries(figures)) {
    if (!Number.isFinite(value))
      throw new RangeError(`Cannot give a verdict: ${name} is ${value}, expected bits per byte`);
  }
  const wins = BASELINES.filter(([key]) => figures.model < figures[key]).map(([, name]) => name);
  const losses = BASELINES.filter(([key]) => figures.model >= figures[key]).map(([, name]) => name);
  const parts = [
    ...(wins.length > 0 ? [`better than ${listed(wins, "and")}`] : []),
    ...(losses.length > 0 ? [`not better than ${listed(losses, "or")}`] : []),
  ];
  return parts.join(", ");
}
