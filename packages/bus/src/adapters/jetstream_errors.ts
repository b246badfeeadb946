/** Meanings of the server's error codes. */
import { JetStreamApiCodes, JetStreamApiError } from "@nats-io/jetstream";

/** Codes for a stream or account that has reached a limit of storage. */
const FULL = new Set([10023, 10047, 10077, 10122]);

export function streamMissing(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.StreamNotFound);
}

export function consumerMissing(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.ConsumerNotFound);
}

/** A compare-and-set lost. */
export function wrongRevision(error: unknown): boolean {
  return (
    hasCode(error, JetStreamApiCodes.StreamWrongLastSequence) ||
    hasCode(error, JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}

export function storeFull(error: unknown): boolean {
  return error instanceof JetStreamApiError && FULL.has(error.code);
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
