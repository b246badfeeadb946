import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { SpawnReplica } from "../gateway/ports.ts";

/** What a replica process is told by its environment. The secret is never on a command line, which other users can read. */
export interface ReplicaEnvironment {
  readonly MILLRACE_REPLICA_NAME: string;
  readonly MILLRACE_GATEWAY_HOST: string;
  readonly MILLRACE_GATEWAY_PORT: string;
  readonly MILLRACE_CLUSTER_SECRET: string;
}

const MAIN = fileURLToPath(new URL("./replica_main.ts", import.meta.url));

/** What a process wrote last is the best hint at why it ended; this much of it is kept. */
const LAST_WORDS_CHARACTERS = 2000;

/**
 * Starts replicas as child processes of this one. They end with their link to the gateway, so none outlives it.
 * @param secret The cluster secret.
 * @param log Takes the lines that they write.
 */
export function replicaProcesses(secret: string, log: (name: string, line: string) => void): SpawnReplica {
  return (name, { host, port }) => {
    const environment: ReplicaEnvironment = {
      MILLRACE_REPLICA_NAME: name,
      MILLRACE_GATEWAY_HOST: host,
      MILLRACE_GATEWAY_PORT: String(port),
      MILLRACE_CLUSTER_SECRET: secret,
    };
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let lastWords = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        lastWords = (lastWords + text).slice(-LAST_WORDS_CHARACTERS);
        for (const line of text.split("\n")) if (line !== "") log(name, line);
      });
    }
    const exited = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`cannot be started: ${error.message}`));
      child.once("close", (code, signal) => {
        const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
        resolve(lastWords === "" ? how : `${how}: ${lastWords.trim()}`);
      });
    });
    return { pid: child.pid, kill: () => void child.kill("SIGKILL"), exited };
  };
}
