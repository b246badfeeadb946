import { type ChildProcess, startChild } from "@millrace/service/node";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { CoordinatorPorts } from "../coordinator/ports.ts";
import type { TrainingDevice } from "../training_device.ts";
import type { NodeEnvironment } from "./start_node.ts";

/** How node processes are started on this machine. */
export interface ProcessNodesOptions {
  /** The cluster secret. */
  readonly secret: string;
  /** Nodes that share this machine's cores. */
  readonly nodes: number;
  /** Address of this machine under which other nodes reach these (default 127.0.0.1). */
  readonly host?: string;
  /** What nodes compute on (default: the processor). */
  readonly device?: TrainingDevice;
  /** Threads of one leaf (default 1). */
  readonly leafThreads?: number;
  /** Program of a node (default: the one that trains language models). */
  readonly main?: string;
  /** Lines that nodes write. */
  log(line: string): void;
}

/** Starts trainer nodes as child processes of this one. They end with their link to the coordinator, so none outlives it. */
export function processNodes(
  options: ProcessNodesOptions,
): (...request: Parameters<CoordinatorPorts["spawnNode"]>) => ChildProcess {
  const main = options.main ?? fileURLToPath(new URL("./node_main.ts", import.meta.url));
  const concurrency = Math.max(1, Math.floor(availableParallelism() / options.nodes / (options.leafThreads ?? 1)));
  return (name, { host, port }) => {
    const environment = {
      MILLRACE_NODE_NAME: name,
      MILLRACE_COORDINATOR_HOST: host,
      MILLRACE_COORDINATOR_PORT: String(port),
      MILLRACE_CLUSTER_SECRET: options.secret,
      MILLRACE_NODE_HOST: options.host ?? "127.0.0.1",
      MILLRACE_NODE_CONCURRENCY: String(concurrency),
      MILLRACE_NODE_DEVICE: options.device ?? "cpu",
    } satisfies NodeEnvironment;
    return startChild(main, environment, (line) => options.log(line));
  };
}
