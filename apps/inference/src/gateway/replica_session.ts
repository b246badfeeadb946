import type { Link } from "@millrace/collective";
import {
  type FromGateway,
  FromReplica,
  HEARTBEAT_MS,
  parseMessage,
  PIECE_BYTES,
  type ReplicaRequest,
  type ReplicaToken,
} from "../replica_messages.ts";
import { type AnswerQueue, createAnswerQueue } from "./answer_queue.ts";
import { ReplicaLostError, ReplicaRefusedError } from "./replica_errors.ts";

/** A replica silent for longer is given up: its link is closed. */
const SILENCE_MS = 15 * HEARTBEAT_MS;

/** The gateway's end of the link to one replica that is ready. */
export interface ReplicaSession {
  /** Sequences it generates side by side. */
  readonly slots: number;
  /**
   * Generates tokens; leaving the loop ends the work.
   * @throws {ReplicaRefusedError} If the replica refuses. @throws {ReplicaLostError} If it is lost. Throws the signal's reason.
   */
  generate(request: ReplicaRequest, signal: AbortSignal): AsyncGenerator<ReplicaToken, void, undefined>;
  /** False once the replica is lost. */
  readonly isOpen: boolean;
  /** Resolves when the link is closed, with why. */
  readonly closed: Promise<string>;
  close(): void;
}

/** What a replica that joins is given. */
export interface Claim {
  /** Address of the package to load. */
  readonly package: string;
  readBlob(sha256: string): Promise<Uint8Array>;
  onReady(session: ReplicaSession): void;
  /** What it needs cannot be given to it. */
  onBroken(error: unknown): void;
}

/**
 * Reads a new link: the other end has to join under a name that is expected.
 * @param claimOf Finds what the replica of a name is there for.
 * @param now Milliseconds from any fixed origin.
 */
export function receiveReplica(link: Link, claimOf: (name: string) => Claim | undefined, now: () => number): void {
  const answers = new Map<number, AnswerQueue>();
  const tell = (message: FromGateway, payload?: Uint8Array): void => link.send(message, payload);
  let claim: Claim | undefined;
  let heardMs = now();
  let lastId = 0;
  let lost: ReplicaLostError | undefined;

  const watch = setInterval(() => {
    if (now() - heardMs > SILENCE_MS) link.close();
  }, HEARTBEAT_MS);
  const closed = link.closed.then((cause) => {
    clearInterval(watch);
    const why = now() - heardMs > SILENCE_MS ? `not heard for ${SILENCE_MS} ms` : (cause?.message ?? "link closed");
    lost = new ReplicaLostError(`the replica was lost: ${why}`);
    for (const answer of answers.values()) answer.fail(lost);
    return why;
  });

  async function serveBlob(sha256: string, { readBlob }: Claim): Promise<void> {
    const bytes = await readBlob(sha256);
    let at = 0;
    do {
      tell({ type: "blob", sha256, sizeBytes: bytes.length }, bytes.subarray(at, at + PIECE_BYTES));
      await link.drained();
      at += PIECE_BYTES;
    } while (at < bytes.length);
  }

  function session(slots: number): ReplicaSession {
    return {
      slots,
      get isOpen() {
        return lost === undefined;
      },
      closed,
      close: () => link.close(),
      async *generate(request, signal) {
        signal.throwIfAborted();
        if (lost !== undefined) throw lost;
        const payload = new TextEncoder().encode(JSON.stringify(request));
        // Numbers may be longer than their sender wrote them; a frame too large would cost the replica its link.
        if (payload.length > PIECE_BYTES) {
          const message = `prompt: found a request of ${payload.length} bytes, at most ${PIECE_BYTES} are taken`;
          throw new ReplicaRefusedError("invalid_request", message);
        }
        const id = ++lastId;
        const answer = createAnswerQueue();
        const abort = (): void => answer.fail(signal.reason);
        let ended = false;
        signal.addEventListener("abort", abort);
        answers.set(id, answer);
        try {
          tell({ type: "generate", id }, payload);
          while (!ended) {
            const token = await answer.next();
            ended = token.finish !== undefined;
            yield token;
          }
        } finally {
          signal.removeEventListener("abort", abort);
          answers.delete(id);
          if (!ended) tell({ type: "cancel", id });
        }
      },
    };
  }

  link.read({
    place(_header, sizeBytes) {
      throw new TypeError(`a replica sent a payload of ${sizeBytes} bytes; none is expected`);
    },
    receive(header) {
      heardMs = now();
      const message = parseMessage(FromReplica, header);
      if (message.type === "join") {
        claim = claimOf(message.replica);
        if (claim === undefined) throw new TypeError(`replica "${message.replica}" is not expected`);
        tell({ type: "load", package: claim.package });
        return;
      }
      if (claim === undefined) throw new TypeError(`message "${message.type}" before joining`);
      if (message.type === "want") serveBlob(message.sha256, claim).catch(claim.onBroken);
      else if (message.type === "ready") claim.onReady(session(message.slots));
      else if (message.type === "token") answers.get(message.id)?.push(message.token);
      else if (message.type === "refused") {
        answers.get(message.id)?.fail(new ReplicaRefusedError(message.code, message.message));
      }
    },
  });
}
