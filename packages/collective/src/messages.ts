/** What members send each other. A receiver drops every message of another run or generation. */
export type PeerMessage = PartialMessage | SumMessage | PullMessage | StateMessage | ParcelMessage;

interface Stamp {
  readonly run: string;
  readonly generation: number;
  /** 0-based step the data belongs to; for state, the number of steps already applied to it. */
  readonly step: number;
}

/** One chunk of one complete subtree's sum, sent to the chunk's owner. */
export interface PartialMessage extends Stamp {
  readonly kind: "partial";
  readonly chunk: number;
  /** Index into the plan's parts. */
  readonly part: number;
}

/** One finished chunk of a step's sums. */
export interface SumMessage extends Stamp {
  readonly kind: "sum";
  readonly chunk: number;
}

/** Asks a holder for the sums of a step, or for its whole state after `step` steps. */
export interface PullMessage extends Stamp {
  readonly kind: "pull";
  readonly what: "sums" | "state";
}

/** One chunk of one of the vectors that make a member's state. */
export interface StateMessage extends Stamp {
  readonly kind: "state";
  readonly section: number;
  readonly chunk: number;
}

/** One piece of a vector that the receiver alone has use for. */
export interface ParcelMessage extends Stamp {
  readonly kind: "parcel";
  readonly what: string;
  readonly leaf: number;
  readonly chunk: number;
  /** Length of the whole vector. */
  readonly floats: number;
}

/** Longest name of what a parcel holds. */
const MAX_NAME = 32;

function name(record: Record<string, unknown>, key: string): string {
  const value = record[key];
  if (typeof value === "string" && value.length <= MAX_NAME) return value;
  throw new TypeError(`peer message: expected "${key}" to be a string of at most ${MAX_NAME} characters`);
}

function count(record: Record<string, unknown>, key: string): number {
  const value = record[key];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new TypeError(`peer message: expected "${key}" to be a whole number, got ${JSON.stringify(value)}`);
  }
  return value;
}

/**
 * Reads a peer message from a parsed frame header.
 * @throws {TypeError} If it is not one; the message names the key.
 */
export function parsePeerMessage(header: Record<string, unknown>): PeerMessage {
  const { run, kind } = header;
  if (typeof run !== "string") throw new TypeError(`peer message: expected "run" to be a string`);
  const stamp = { run, generation: count(header, "generation"), step: count(header, "step") };
  switch (kind) {
    case "partial":
      return { kind, ...stamp, chunk: count(header, "chunk"), part: count(header, "part") };
    case "sum":
      return { kind, ...stamp, chunk: count(header, "chunk") };
    case "state":
      return { kind, ...stamp, section: count(header, "section"), chunk: count(header, "chunk") };
    case "parcel":
      return {
        kind,
        ...stamp,
        what: name(header, "what"),
        leaf: count(header, "leaf"),
        chunk: count(header, "chunk"),
        floats: count(header, "floats"),
      };
    case "pull":
      if (header["what"] === "sums" || header["what"] === "state") return { kind, ...stamp, what: header["what"] };
      throw new TypeError(`peer message: expected "what" to be "sums" or "state"`);
    default:
      throw new TypeError(`peer message: unknown kind ${JSON.stringify(kind)}`);
  }
}
