import type { Link, Listen } from "@millrace/collective";
import { pause } from "@millrace/service";
import { parseMessage } from "../control_messages.ts";
import type { NodeHandle } from "../coordinator/ports.ts";
import { type TrainerMessage, WorkerMessage } from "./worker_messages.ts";
import { startPulse } from "./pulse.ts";

/** Kind of link between a worker and its trainer. */
export const WORKER_PURPOSE = "worker";

/** Workers try again each second, so those that a trainer had before it was started anew are back by then. */
const SETTLING_MS = 5_000;

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
  /** Address under which workers, and nodes on them, reach this machine. */
  readonly host: string;
  /** Those without a node, in the order in which they came. */
  idle(): readonly Worker[];
  /** Number of all. */
  readonly size: number;
  /** Resolves when workers have had the time to come. */
  readonly settled: Promise<void>;
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
  /** Resolves when workers have had the time to come (default: after 5 s). */
  readonly settled?: Promise<void>;
  log(message: string): void;
}

/**
 * Listens for workers.
 * @throws {Error} If the address cannot be had.
 */
export async function openWorkerPool(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { listen, host, port, secret, log } = options;
  const workers = new Map<Link, Worker & { readonly isIdle: boolean }>();
  const links = new Set<Link>();
  const listener = await listen({
    host,
    port,
    secret,
    purpose: WORKER_PURPOSE,
    onRefused: (remote, reason) => log(`turned away ${remote}, which wanted to be a worker: ${reason.message}`),
    onLink(link) {
      links.add(link);
      const pulse = startPulse(link, log);
      let running: { end(how: string): void; log(line: string): void } | undefined;
      link.read({
        place: () => undefined,
        receive(header) {
          pulse.heard();
          const message = parseMessage(WorkerMessage, header);
          if (message.type === "offer") enter(message.name);
          else if (message.type === "line") running?.log(message.text);
          else if (message.type === "exited") running?.end(message.how);
        },
      });
      void link.closed.then((reason) => {
        links.delete(link);
        const worker = workers.get(link);
        if (worker === undefined) return;
        workers.delete(link);
        const how = `the link to worker "${worker.name}" was lost: ${reason?.message ?? "it was closed"}`;
        log(how);
        running?.end(how);
      });

      function tell(message: TrainerMessage): void {
        link.send(message);
      }

      function enter(name: string): void {
        if (workers.has(link)) throw new TypeError(`worker "${name}" offers itself twice over one link`);
        log(`worker "${name}" at ${link.remote} is there`);
        workers.set(link, {
          name,
          get isIdle() {
            return running === undefined;
          },
          start(node, logLine) {
            if (running !== undefined)
              throw new RangeError(`starting "${node.name}" on worker "${name}": it has a node`);
            const exited = new Promise<string>((resolve) => {
              const end = (how: string): void => {
                running = undefined;
                resolve(how);
              };
              running = { end, log: logLine };
            });
            tell({ type: "start", ...node });
            return { kill: () => tell({ type: "kill" }), exited };
          },
        });
      }
    },
  });
  const leaving = new AbortController();
  return {
    host,
    settled: options.settled ?? pause(SETTLING_MS, leaving.signal),
    idle: () => [...workers.values()].filter(({ isIdle }) => isIdle),
    get size() {
      return workers.size;
    },
    close() {
      leaving.abort();
      listener.close();
      for (const link of links) link.close();
    },
  };
}
