import { ServiceName } from "@millrace/contracts";
import { type ProcessOptions, type RunningProcess, startService } from "./service_process.ts";
import { startFront } from "./front.ts";
import { frontSettings, serviceSettings, VARIABLE_NAMES } from "./settings.ts";

/**
 * Starts a service, or the front, with settings from the environment, and takes them out of it: child processes need none of them.
 * @throws {UsageError} If a setting is missing or wrong.
 */
export async function startNamed(
  name: string,
  environment: Record<string, string | undefined>,
  options: ProcessOptions,
): Promise<RunningProcess> {
  if (name === "front") return startFront(await frontSettings(environment), options);
  const service = ServiceName.parse(name);
  const settings = await serviceSettings(service, environment);
  for (const variable of VARIABLE_NAMES) delete environment[variable];
  return startService(service, settings, options);
}
