import { CoordinatorMessage, HEARTBEAT_MS, parseMessage } from "../control_messages.ts";
import type { NodeMessage } from "../control_messages.ts";
import { refusalCodeOf } from "../training_refusal.ts";
import { createBlobClient } from "./blob_client.ts";
import type { NodePorts } from "./ports.ts";
import { takeSeat } from "./seat.ts";
import type { Seat, SeatOptions } from "./seat.ts";

/** A network that is cut closes no link, and a coordinator that is merely busy is silent for seconds. */
const SILENCE_MS = 20_000;

/**
 * Takes part in one run as a trainer node: joins, builds its replica, trains until the coordinator ends the run.
 * @throws {Error} If the coordinator refuses the node, the link to it is lost, it is silent, or the replica fails. A lost node has to join anew.
 */
export async function runNode(ports: NodePorts): Promise<void> {
  const { silenceMs = SILENCE_MS } = ports;
  const control = await ports.connect({ ...ports.coordinator, secret: ports.secret, purpose: "control" });
  const tell = (message: NodeMessage, payload?: Uint8Array): void => control.send(message, payload);
  const blobs = createBlobClient(control, ports.hash);
  let heart: ReturnType<typeof setInterval> | undefined;
  let heardMs = ports.now();
  let beatMs = heardMs;
  let seat: Seat | undefined;
  // The seat being taken.
  let sitting: Promise<void> = Promise.resolve();
  let isOver = false;
  /** Gives up a seat that it has: a job that comes again is to be begun anew. */
  async function sit(options: SeatOptions): Promise<void> {
    const before = seat;
    seat = undefined;
    await before?.leave();
    seat = await takeSeat(options);
    if (isOver) return;
    const { applied, address, validationLeaves, productRate } = seat;
    tell({ type: "prepared", applied, address, validationLeaves, ...(productRate && { productRate }) });
  }

  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        const reason = error instanceof Error ? error : new Error(String(error));
        const code = refusalCodeOf(error);
        tell({ type: "failed", reason: reason.message.slice(0, 16_384), ...(code && { code }) });
        reject(reason);
      };
      const beat = (): void => {
        const nowMs = ports.now();
        // A pause of this process is no silence of the coordinator.
        if (nowMs - beatMs > 2 * HEARTBEAT_MS) heardMs = nowMs;
        beatMs = nowMs;
        tell({ type: "heartbeat", ...seat?.activity() });
        const silentMs = nowMs - heardMs;
        if (silentMs <= silenceMs) return;
        reject(new Error(`the coordinator has not been heard for ${Math.round(silentMs)} ms`));
        // What is queued would keep a link open that leads nowhere.
        control.close();
      };
      control.read({
        place(header, sizeBytes) {
          heardMs = ports.now();
          const message = parseMessage(CoordinatorMessage, header);
          if (message.type !== "blob") throw new TypeError(`control message "${message.type}" has no payload`);
          return blobs.place(message.sha256, message.sizeBytes, sizeBytes);
        },
        receive(header) {
          heardMs = ports.now();
          const message = parseMessage(CoordinatorMessage, header);
          if (message.type === "refused") reject(new Error(`the coordinator refused this node: ${message.reason}`));
          else if (message.type === "stop") resolve();
          else if (message.type === "heartbeat") return;
          else if (message.type === "blob") blobs.receive();
          else if (message.type !== "job") seat?.command(message);
          else {
            const options = {
              ...ports,
              job: message.job,
              stage: message.stage,
              control,
              tell,
              fetchBlob: blobs.fetch,
              fail,
            };
            sitting = sitting.then(() => sit(options)).catch(fail);
          }
        },
      });
      void control.closed.then((cause) => {
        const why = cause === undefined ? "" : `: ${cause.message}`;
        reject(new Error(`the link to the coordinator was closed${why}`, { cause }));
      });
      ports.replicas.fingerprint().then((fingerprint) => {
        if (isOver) return;
        tell({ type: "join", name: ports.name, fingerprint });
        beatMs = ports.now();
        heart = setInterval(beat, HEARTBEAT_MS);
      }, fail);
    });
  } finally {
    isOver = true;
    clearInterval(heart);
    control.end();
    await sitting;
    await seat?.leave();
  }
}
