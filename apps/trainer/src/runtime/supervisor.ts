import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
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

/** A node that is a process of this machine. */
export interface ProcessNode extends NodeHandle {
  /** Absent if it could not be started. */
  readonly pid: number | undefined;
}

/** What a node wrote last is the best hint at why it ended; this much of it is kept. */
const LAST_WORDS_CHARACTERS = 2_000;

/** Starts trainer nodes as child processes of this one. They end with their link to the coordinator, so none outlives it. */
export function processNodes(
  options: ProcessNodesOptions,
): (...request: Parameters<CoordinatorPorts["spawnNode"]>) => ProcessNode {
  const main = options.main ?? fileURLToPath(new URL("./node_main.ts", import.meta.url));
  const concurrency = Math.max(1, Math.floor(availableParallelism() / options.nodes / (options.leafThreads ?? 1)));
  return (name, { host, port }) => {
    const environment: NodeEnvironment = {
      MILLRACE_NODE_NAME: name,
      MILLRACE_COORDINATOR_HOST: host,
      MILLRACE_COORDINATOR_PORT: String(port),
      MILLRACE_CLUSTER_SECRET: options.secret,
      MILLRACE_NODE_HOST: options.host ?? "127.0.0.1",
      MILLRACE_NODE_CONCURRENCY: String(concurrency),
      MILLRACE_NODE_DEVICE: options.device ?? "cpu",
    };
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let lastWords = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS);
        for (const line of text.split("\n")) if (line !== "") options.log(line);
      });
    }
    const exited = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`cannot be started: ${error.message}`));
      child.once("close", (code, signal) => {
        const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
        resolve(lastWords === "" ? how : `${how}: ${lastWords.trim()}`);
      });
    });
    return { pid: child.pid, kill: () => child.kill("SIGKILL"), exited };
  };
}
