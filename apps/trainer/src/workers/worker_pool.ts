import type { Link, Listen } from "@millrace/collective";
import { pause } from "@millrace/service";
import { parseMessage } from "../control_messages.ts";
import type { NodeHandle } from "../coordinator/ports.ts";
import { otherArithmetic, type TrainingFingerprint } from "../training_arithmetic.ts";
import { type TrainerMessage, WorkerMessage } from "./worker_messages.ts";
import { startPulse } from "./pulse.ts";

/** Kind of link between a worker and its trainer. */
export const WORKER_PURPOSE = "worker";

/** Workers look for their trainer each second or three, so one that lives is back by then. */
const SETTLING_MS = 10_000;

/** A node to be started, and where it joins. */
export type WorkerNode = Omit<Extract<TrainerMessage, { type: "start" }>, "type">;

/** Another machine that lends itself to a trainer, for a node at a time. */
export interface Worker {
  readonly name: string;
  /** Starts a node there. It counts as ended when the link to the worker is lost. @param log Takes lines that the node writes. */
  start(node: WorkerNode, log: (line: string) => void): NodeHandle;
}

/** The workers of a trainer. */
export interface WorkerPool {
  /** All. */
  readonly workers: readonly Worker[];
  /** Those without a node, in the order in which they came. */
  idle(): readonly Worker[];
  /** Whether workers that there were before the trainer started, or lost one, have had the time to come back. */
  readonly isSettled: boolean;
  /** Resolves when a worker comes or is free again, or when the pool is settled. */
  changed(): Promise<void>;
  /** Takes no more workers and parts with those there are. */
  close(): void;
}

/** What a pool needs. */
export interface WorkerPoolOptions {
  readonly listen: Listen;
  readonly host: string;
  readonly port: number;
  /** The cluster secret. */
  readonly secret: string;
  /** How the trainer's own machine computes: workers that compute differently are turned away, since nodes of one run must agree. */
  readonly fingerprint: TrainingFingerprint;
  /** Milliseconds that workers have to come back (default 10,000). */
  readonly settlingMs?: number;
  log(message: string): void;
}

/**
 * Listens for workers.
 * @throws {Error} If the address cannot be had.
 */
export async function openWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { settlingMs = SETTLING_MS } = options;
  const workers = new Map<Link, Worker & { readonly isIdle: boolean }>();
  const links = new Set<Link>();
  const leaving = new AbortController();
  let said: string | undefined;
  let change = Promise.withResolvers<void>();
  let unsettled = 0;

  /** Whoever knocks again and again is told of once. */
  function log(message: string): void {
    if (message !== said) options.log((said = message));
  }

  function tellChange(): void {
    change.resolve();
    change = Promise.withResolvers();
  }

  async function settle(): Promise<void> {
    unsettled++;
    await pause(settlingMs, leaving.signal);
    unsettled--;
    tellChange();
  }

  function onLink(link: Link): void {
    if (leaving.signal.aborted) return link.close();
    links.add(link);
    const pulse = startPulse(link, log);
    let running: { end(how: string): void; log(line: string): void } | undefined;
    const tell = (message: TrainerMessage): void => link.send(message);

    function enter({ name, fingerprint }: Extract<WorkerMessage, { type: "offer" }>): void {
      const difference = otherArithmetic(options.fingerprint, fingerprint);
      if (difference !== undefined) {
        const reason = `it computes differently from the trainer: ${difference}`;
        log(`turned away worker "${name}" at ${link.remote}: ${reason}`);
        tell({ type: "refused", reason });
        return link.end();
      }
      log(`worker "${name}" at ${link.remote} is there`);
      workers.set(link, {
        name,
        get isIdle() {
          return running === undefined;
        },
        start(node, logLine) {
          if (running !== undefined) throw new RangeError(`starting "${node.name}" on worker "${name}": it has a node`);
          const ended = Promise.withResolvers<string>();
          const own = { end: ended.resolve, log: logLine };
          running = own;
          tell({ type: "start", ...node });
          // Another run's node may be there by now.
          return { kill: () => running === own && tell({ type: "kill" }), exited: ended.promise };
        },
      });
      tellChange();
    }

    function free(how: string): void {
      running?.end(how);
      running = undefined;
      tellChange();
    }

    link.read({
      place: () => undefined,
      receive(header) {
        pulse.heard();
        const message = parseMessage(WorkerMessage, header);
        if (workers.has(link) === (message.type === "offer")) {
          throw new TypeError(`worker link: found "${message.type}", wanted one offer before all else`);
        }
        if (message.type === "offer") enter(message);
        else if (message.type === "line") running?.log(message.text);
        else if (message.type === "exited") free(message.how);
      },
    });
    void link.closed.then((reason) => {
      links.delete(link);
      const worker = workers.get(link);
      if (worker === undefined) return;
      workers.delete(link);
      void settle();
      const how = `the link to worker "${worker.name}" was lost: ${reason?.message ?? "it was closed"}`;
      log(how);
      free(how);
    });
  }

  const { host, port, secret } = options;
  const listener = await options.listen({
    host,
    port,
    secret,
    purpose: WORKER_PURPOSE,
    onRefused: (_, { message }) => log(`turned away whoever wanted to be a worker: ${message}`),
    onLink,
  });
  void settle();
  return {
    get workers() {
      return [...workers.values()];
    },
    idle: () => [...workers.values()].filter(({ isIdle }) => isIdle),
    get isSettled() {
      return unsettled === 0;
    },
    changed: () => change.promise,
    close() {
      leaving.abort();
      listener.close();
      for (const link of links) link.close();
    },
  };
}
