/** Perplexity of a mean in nats. A model that is sure of its mistakes gets the largest number there is, since JSON has no infinity. */
export function perplexityOf(nats: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(nats));
}
