/** A second network on this machine, whose cable to ours can be cut; nodes beyond it are on another machine for all they can tell. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import type { CoordinatorPorts, NodeHandle } from "../coordinator/ports.ts";
import type { NodeEnvironment } from "../runtime/start_node.ts";

/** Two networks and what joins them. */
export interface Cable {
  /** Our address on it. */
  readonly here: string;
  /** Its other end's. */
  readonly there: string;
  /** Name of the network beyond it. */
  readonly space: string;
  cut(): void;
  mend(): void;
  /** Takes it away, with the network beyond. */
  remove(): void;
}

const ip = (...args: string[]): string => execFileSync("ip", args, { encoding: "utf8", stdio: "pipe" });

/**
 * Lays a cable, one a process.
 * @returns Why this machine lets us have none, where it does not.
 */
export function layCable(): Cable | string {
  const space = `millrace-${process.pid}`;
  const [ours, theirs] = [`mr${process.pid}a`.slice(-15), `mr${process.pid}b`.slice(-15)];
  // Of the addresses for measurements between networks, which no network has for itself; RFC 2544.
  const subnet = `198.18.${(process.pid >> 6) & 255}`;
  const [here, there] = [1, 2].map((host) => `${subnet}.${4 * (process.pid & 63) + host}`) as [string, string];
  const within = (...args: string[]): string => ip("netns", "exec", space, "ip", ...args);
  const cable: Cable = {
    here,
    there,
    space,
    cut: () => void ip("link", "set", ours, "down"),
    mend: () => void ip("link", "set", ours, "up"),
    remove() {
      try {
        if (ip("link", "show").includes(ours)) ip("link", "del", ours);
        if (ip("netns", "list").includes(space)) ip("netns", "del", space);
      } catch (error) {
        console.warn(`removing the network ${space}: ${(error as Error).message}`);
      }
    },
  };
  try {
    ip("netns", "add", space);
    ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", space);
    ip("addr", "add", `${here}/30`, "dev", ours);
    cable.mend();
    within("addr", "add", `${there}/30`, "dev", theirs);
    within("link", "set", theirs, "up");
    within("link", "set", "lo", "up");
    return cable;
  } catch (error) {
    cable.remove();
    return `a network of its own needs Linux, root and iproute2: ${(error as Error).message.split("\n")[0]}`;
  }
}

/** A node beyond a cable. */
export interface FarNode extends NodeHandle {
  readonly pid: number | undefined;
}

/**
 * Starts nodes beyond a cable, as `processNodes` starts them on this side.
 * @param main Program of a node.
 */
export function nodesBeyond(
  { space, there }: Pick<Cable, "space" | "there">,
  secret: string,
  main: string,
): (...request: Parameters<CoordinatorPorts["spawnNode"]>) => FarNode {
  return (name, { host, port }) => {
    const environment: NodeEnvironment = {
      MILLRACE_NODE_NAME: name,
      MILLRACE_COORDINATOR_HOST: host,
      MILLRACE_COORDINATOR_PORT: String(port),
      MILLRACE_CLUSTER_SECRET: secret,
      MILLRACE_NODE_HOST: there,
      MILLRACE_NODE_CONCURRENCY: "1",
      MILLRACE_NODE_DEVICE: "cpu",
    };
    const child = spawn("ip", ["netns", "exec", space, process.execPath, main], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
    const exited = once(child, "close").then(() => words.trim());
    return { pid: child.pid, kill: () => child.kill("SIGKILL"), exited };
  };
}
