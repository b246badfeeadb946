import { openNearLinks } from "@millrace/collective/near";
import { connectTcp } from "@millrace/collective/tcp";
import type { ReplicaFactory } from "../node/replica.ts";
import type { NodePorts } from "../node/ports.ts";
import { runNode } from "../node/run_node.ts";
import type { TrainingDevice } from "../training_device.ts";
import { sha256 } from "./sha256.ts";

/** What a node process is told by its environment. The secret is never on a command line, which other users can read. */
export interface NodeEnvironment {
  readonly MILLRACE_NODE_NAME: string;
  readonly MILLRACE_COORDINATOR_HOST: string;
  readonly MILLRACE_COORDINATOR_PORT: string;
  readonly MILLRACE_CLUSTER_SECRET: string;
  /** Address for peers to connect to. */
  readonly MILLRACE_NODE_HOST: string;
  /** Leaves to compute at once. */
  readonly MILLRACE_NODE_CONCURRENCY: string;
  /** What to compute on: `cpu` or `webgpu`. */
  readonly MILLRACE_NODE_DEVICE: string;
}

function required(name: keyof NodeEnvironment): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new TypeError(`starting a trainer node: ${name} is not set`);
  return value;
}

/**
 * Runs this process as a trainer node until its run is over.
 * @param open Makes the replicas, told how many leaves to compute at once, and on what.
 * @throws {TypeError} If the environment is not whole.
 */
export async function startNode(
  open: (concurrency: number, device: TrainingDevice) => Promise<ReplicaFactory>,
  options: Pick<NodePorts, "silenceMs"> = {},
): Promise<void> {
  // A terminal sends Ctrl-C to coordinator and nodes alike; the coordinator still wants a last checkpoint from us.
  process.on("SIGINT", () => {});
  const secret = required("MILLRACE_CLUSTER_SECRET");
  delete process.env["MILLRACE_CLUSTER_SECRET"];
  const name = required("MILLRACE_NODE_NAME");
  const device = required("MILLRACE_NODE_DEVICE");
  if (device !== "cpu" && device !== "webgpu") {
    throw new TypeError(`starting a trainer node: MILLRACE_NODE_DEVICE is "${device}", wanted "cpu" or "webgpu"`);
  }
  const log = (message: string): void => console.error(`${name}: ${message}`);
  const replicas = await open(Number(required("MILLRACE_NODE_CONCURRENCY")), device);
  try {
    await runNode({
      ...options,
      name,
      coordinator: {
        host: required("MILLRACE_COORDINATOR_HOST"),
        port: Number(required("MILLRACE_COORDINATOR_PORT")),
      },
      host: required("MILLRACE_NODE_HOST"),
      secret,
      connect: connectTcp,
      peers: await openNearLinks(log),
      replicas,
      hash: sha256,
      now: () => performance.now(),
      log,
    });
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await replicas.close();
  }
}
