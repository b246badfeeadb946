import type { RefusalCode } from "../replica_messages.ts";

/** The replica is gone; what it was asked may be asked again. */
export class ReplicaLostError extends Error {
  override readonly name = "ReplicaLostError";
}

/** No replica can be had now: it does not start, or does not start in time. */
export class ReplicaUnavailableError extends Error {
  override readonly name = "ReplicaUnavailableError";
}

/** The replica has answered, with a refusal. */
export class ReplicaRefusedError extends Error {
  override readonly name = "ReplicaRefusedError";
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}
