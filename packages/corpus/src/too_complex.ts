/**
 * Thrown where a document would cost more work than any real one: what is counted is in the message. Steps turn it into a drop, readers
 * into a quarantine. Bounds are counts, never times, so that a corpus does not depend on how fast a machine is.
 */
export class TooComplexError extends Error {
  override readonly name = "TooComplexError";
}
