import type { Connect, Link, PeerAddress } from "@millrace/collective";
import { pause } from "@millrace/service";
import { parseMessage } from "../control_messages.ts";
import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import type { NodesRequest } from "../trainer_options.ts";
import { startPulse } from "./pulse.ts";
import { WORKER_PURPOSE } from "./worker_pool.ts";
import { TrainerMessage, WORDS_CHARACTERS, type WorkerMessage } from "./worker_messages.ts";

const RETRY_MS = 1_000;

/** What a worker needs. */
export interface WorkerPorts {
  /** As it is called in the trainer's log. */
  readonly name: string;
  readonly trainer: PeerAddress;
  /** The cluster secret. */
  readonly secret: string;
  readonly connect: Connect;
  /** Starts nodes on this machine. */
  nodesFor(request: Omit<NodesRequest, "nodes">): CoordinatorPorts["spawnNode"];
  /** Told whenever the worker finds its trainer, or loses it. */
  onLinked(isLinked: boolean): void;
  log(message: string): void;
  /** Aborting ends the worker, and its node. */
  readonly signal: AbortSignal;
}

/** Lends this machine to a trainer, for a node at a time, and looks for the trainer again when it is gone; until the signal is aborted. */
export async function serveWorker(ports: WorkerPorts): Promise<void> {
  const { name, trainer, secret, connect, signal, log } = ports;
  let told: string | undefined;
  while (!signal.aborted) {
    try {
      const link = await connect({ ...trainer, secret, purpose: WORKER_PURPOSE });
      told = undefined;
      log(`worker "${name}" is at the service of the trainer at ${link.remote}`);
      ports.onLinked(true);
      const reason = await serveOver(link, ports);
      if (!signal.aborted) log(`lost the trainer at ${link.remote}: ${reason?.message ?? "the link was closed"}`);
    } catch (error) {
      const { message } = error as Error;
      // A trainer that is away for hours is worth one line.
      if (message !== told) log((told = message));
    }
    ports.onLinked(false);
    await pause(RETRY_MS, signal);
  }
}

/** @returns Why the link was closed, when the node is gone too. */
async function serveOver(link: Link, { name, nodesFor, log, signal }: WorkerPorts): Promise<Error | undefined> {
  const tell = (message: WorkerMessage): void => link.send(message);
  const tellLine = (text: string): void => tell({ type: "line", text: text.slice(0, WORDS_CHARACTERS) });
  const pulse = startPulse(link, log);
  let node: NodeHandle | undefined;

  function start({ name, host, port, ...request }: Extract<TrainerMessage, { type: "start" }>): void {
    if (node !== undefined) throw new TypeError(`the trainer starts "${name}" while a node runs`);
    log(`starting "${name}" for the trainer`);
    const started = nodesFor({ ...request, log: tellLine })(name, { host, port });
    node = started;
    void started.exited.then((how) => {
      node = undefined;
      tell({ type: "exited", how: how.slice(0, WORDS_CHARACTERS) });
    });
  }

  tell({ type: "offer", name });
  link.read({
    place: () => undefined,
    receive(header) {
      pulse.heard();
      const message = parseMessage(TrainerMessage, header);
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
  return reason;
}
