import { ServiceName } from "@millrace/contracts";
import { type ProcessOptions, type RunningProcess, startService } from "./service_process.ts";
import { isAnyAddress } from "@millrace/service/addresses";
import { UsageError } from "../usage_error.ts";
import { startFront } from "./front.ts";
import { frontSettings, serviceSettings, VARIABLE_NAMES, type WorkerSettings, workerSettings } from "./settings.ts";

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/**
 * Starts a service, the front, or a worker, with settings from the environment, and takes them out of it: child processes need none of them.
 * @throws {UsageError} If a setting is missing or wrong.
 */
export async function startNamed(
  name: string,
  environment: Record<string, string | undefined>,
  options: ProcessOptions,
): Promise<RunningProcess> {
  if (name === "front") return startFront(await frontSettings(environment), options);
  if (name === "worker") return startLent(await takenOut(workerSettings(environment), environment), options);
  const service = ServiceName.parse(name);
  return startService(service, await takenOut(serviceSettings(service, environment), environment), options);
}

/** The settings, once they are read and the environment no longer has them. */
async function takenOut<Settings>(
  settings: Promise<Settings>,
  environment: Record<string, string | undefined>,
): Promise<Settings> {
  const read = await settings;
  for (const variable of VARIABLE_NAMES) delete environment[variable];
  return read;
}

/** Starts a worker. @throws {UsageError} If nodes on other machines could not reach it. */
async function startLent(
  { MILLRACE_CLUSTER_SECRET: secret, MILLRACE_WORKERS: trainer }: WorkerSettings,
  options: ProcessOptions,
): Promise<RunningProcess> {
  const { hostname = "", port } = options.listen;
  if (isAnyAddress(hostname) || (isLoopback(hostname) && !isLoopback(trainer.host))) {
    throw new UsageError(
      `millrace up worker: nodes on other machines reach this one by --host; found ${hostname}, wanted an address of this machine that they reach`,
    );
  }
  const { startWorker } = await import("@millrace/trainer/worker");
  return startWorker({ ...options, listen: { hostname, port }, secret, trainer });
}
