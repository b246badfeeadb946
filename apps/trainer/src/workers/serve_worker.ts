import type { Connect, Link, PeerAddress } from "@millrace/collective";
import { pause } from "@millrace/service";
import { parseMessage } from "../control_messages.ts";
import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import type { TrainingFingerprint } from "../training_arithmetic.ts";
import { startPulse } from "./pulse.ts";
import { WORKER_PURPOSE } from "./worker_pool.ts";
import { TrainerMessage, WORDS_CHARACTERS, type WorkerMessage } from "./worker_messages.ts";

const RETRY_MS = 1_000;
/** Where nothing answers at all. */
const CONNECT_MS = 2_000;

/** What a worker needs. */
export interface WorkerPorts {
  /** As it is called in the trainer's log. */
  readonly name: string;
  /** How this machine computes. */
  readonly fingerprint: TrainingFingerprint;
  readonly trainer: PeerAddress;
  /** The cluster secret. */
  readonly secret: string;
  readonly connect: Connect;
  /** Starts nodes on this machine. */
  nodesFor(request: { readonly leafThreads: number; log(line: string): void }): CoordinatorPorts["spawnNode"];
  /** Told whenever the trainer takes the worker, or is lost. */
  onLinked(isLinked: boolean): void;
  log(message: string): void;
  /** Aborting ends the worker, and its node. */
  readonly signal: AbortSignal;
}

/** Lends this machine to a trainer, for a node at a time, and looks for the trainer again when it is gone; until the signal is aborted. */
export async function serveWorker(ports: WorkerPorts): Promise<void> {
  const { trainer, secret, connect, signal } = ports;
  let said: string | undefined;
  // A trainer that is away for hours is worth one line.
  const log = (message: string): void => {
    if (message !== said) ports.log((said = message));
  };
  while (!signal.aborted) {
    try {
      const link = await connect({ ...trainer, secret, purpose: WORKER_PURPOSE, handshakeTimeoutMs: CONNECT_MS });
      const reason = await serveOver(link, { ...ports, log });
      if (reason !== "turned away" && !signal.aborted) log(`lost the trainer at ${link.remote}: ${reason}`);
    } catch (error) {
      log((error as Error).message);
    }
    ports.onLinked(false);
    await pause(RETRY_MS, signal);
  }
}

/** @returns Why it is over, when the node is gone too. */
async function serveOver(link: Link, ports: WorkerPorts): Promise<string> {
  const { name, fingerprint, nodesFor, log, signal } = ports;
  const tell = (message: WorkerMessage): void => link.send(message);
  const tellLine = (text: string): void => tell({ type: "line", text: text.slice(0, WORDS_CHARACTERS) });
  const pulse = startPulse(link, log);
  let node: NodeHandle | undefined;
  let isTaken = false;
  let isRefused = false;

  function start({ name, host, port, leafThreads }: Extract<TrainerMessage, { type: "start" }>): void {
    if (node !== undefined) throw new TypeError(`the trainer starts "${name}" while a node runs`);
    log(`starting "${name}" for the run at ${host}:${port}`);
    const started = nodesFor({ leafThreads, log: tellLine })(name, { host, port });
    node = started;
    void started.exited.then((how) => {
      node = undefined;
      log(`"${name}" ${how}`);
      tell({ type: "exited", how: how.slice(0, WORDS_CHARACTERS) });
    });
  }

  tell({ type: "offer", name, fingerprint });
  link.read({
    place: () => undefined,
    receive(header) {
      pulse.heard();
      const message = parseMessage(TrainerMessage, header);
      if (message.type === "refused") {
        isRefused = true;
        return log(`the trainer turned worker "${name}" away: ${message.reason}`);
      }
      if (!isTaken) {
        isTaken = true;
        log(`worker "${name}" is at the service of the trainer at ${link.remote}`);
        ports.onLinked(true);
      }
      if (message.type === "start") start(message);
      else if (message.type === "kill") node?.kill();
    },
  });
  const leave = (): void => link.close();
  signal.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  const reason = await link.closed;
  signal.removeEventListener("abort", leave);
  // The run of a trainer that is gone goes on from its last checkpoint, with another node of that name.
  node?.kill();
  await node?.exited;
  return isRefused ? "turned away" : (reason?.message ?? "it closed the link");
}
