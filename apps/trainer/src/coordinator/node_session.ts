import type { Link } from "@millrace/collective";
import { NodeMessage, parseMessage, PIECE_BYTES } from "../control_messages.ts";
import type { CoordinatorMessage } from "../control_messages.ts";
import type { CheckpointFiles } from "../node/replica.ts";

/** The coordinator's end of one node's control link. */
export interface NodeSession {
  /** When the node was last heard, by the `now` it was opened with. */
  readonly lastHeardMs: number;
  send(message: CoordinatorMessage): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  close(): void;
}

/** What a session reports. */
export interface NodeSessionEvents {
  now(): number;
  readBlob(sha256: string): Promise<Uint8Array>;
  /** Every message but blob requests and checkpoint pieces. What it throws closes the link. */
  onMessage(message: Exclude<NodeMessage, { type: "want" | "checkpoint" }>): void;
  onCheckpoint(step: number, files: CheckpointFiles): void;
  onClosed(reason: Error | undefined): void;
}

/** Largest checkpoint file taken: a bound on what a broken node can make the coordinator allocate. */
const MAX_FILE_BYTES = 8 * 2 ** 30;

type Piece = Extract<NodeMessage, { type: "checkpoint" }>;

/** Puts the pieces of checkpoint files together. */
function checkpointAssembly(onWhole: NodeSessionEvents["onCheckpoint"]): {
  place(piece: Piece, sizeBytes: number): Uint8Array;
  receive(piece: Piece): void;
} {
  let step = -1;
  let files = new Map<"model" | "state", { bytes: Uint8Array; filled: number }>();
  let arriving = 0;
  return {
    place(piece, sizeBytes) {
      if (piece.step !== step) {
        step = piece.step;
        files = new Map();
      }
      if (piece.sizeBytes > MAX_FILE_BYTES)
        throw new RangeError(`checkpoint file of ${piece.sizeBytes} bytes is too large`);
      // A node that begins anew breaks off what it was sending.
      const begun = piece.at === 0 ? undefined : files.get(piece.file);
      const file = begun ?? { bytes: new Uint8Array(piece.sizeBytes), filled: 0 };
      files.set(piece.file, file);
      if (file.filled !== piece.at || file.filled + sizeBytes > file.bytes.length) {
        throw new RangeError(
          `checkpoint file "${piece.file}": ${sizeBytes} bytes at ${piece.at}, wanted those at ${file.filled} of ${file.bytes.length}`,
        );
      }
      arriving = sizeBytes;
      return file.bytes.subarray(file.filled, file.filled + sizeBytes);
    },
    receive(piece) {
      const file = files.get(piece.file);
      if (file === undefined) return;
      file.filled += arriving;
      const [model, state] = [files.get("model"), files.get("state")];
      if (model?.filled !== model?.bytes.length || state === undefined || state.filled !== state.bytes.length) return;
      if (model === undefined) return;
      step = -1;
      onWhole(piece.step, { model: model.bytes, state: state.bytes });
    },
  };
}

/** Starts reading a node's link. */
export function openNodeSession(link: Link, events: NodeSessionEvents): NodeSession {
  let lastHeardMs = events.now();
  const assembly = checkpointAssembly(events.onCheckpoint);

  async function serveBlob(sha256: string): Promise<void> {
    const bytes = await events.readBlob(sha256);
    let at = 0;
    do {
      link.send({ type: "blob", sha256, sizeBytes: bytes.length }, bytes.subarray(at, at + PIECE_BYTES));
      await link.drained();
      lastHeardMs = events.now();
      at += PIECE_BYTES;
    } while (at < bytes.length);
  }

  link.read({
    place(header, sizeBytes) {
      lastHeardMs = events.now();
      const message = parseMessage(NodeMessage, header);
      if (message.type !== "checkpoint") throw new TypeError(`control message "${message.type}" has no payload`);
      return assembly.place(message, sizeBytes);
    },
    receive(header) {
      lastHeardMs = events.now();
      const message = parseMessage(NodeMessage, header);
      if (message.type === "checkpoint") assembly.receive(message);
      else if (message.type === "want") {
        serveBlob(message.sha256).catch((cause: unknown) => {
          events.onMessage({ type: "failed", reason: `blob ${message.sha256} cannot be read: ${String(cause)}` });
        });
      } else events.onMessage(message);
    },
  });
  void link.closed.then(events.onClosed);

  return {
    get lastHeardMs() {
      return lastHeardMs;
    },
    send: (message) => link.send(message),
    end: () => link.end(),
    close: () => link.close(),
  };
}
