import { SERVICE_NAMES, type ServiceName } from "@millrace/contracts";
import type { Peers } from "@millrace/service";

export interface ServiceHealth {
  readonly name: ServiceName;
  /** `not ready`: it answers, and its database does not. */
  readonly state: "ready" | "not ready" | "away";
}

const TIMEOUT_MS = 3000;

/** Asks every service whether it can work. */
export function askHealth(peers: Peers): Promise<ServiceHealth[]> {
  return Promise.all(
    SERVICE_NAMES.map(async (name): Promise<ServiceHealth> => {
      const request = new Request("http://peer/readyz", { signal: AbortSignal.timeout(TIMEOUT_MS) });
      try {
        return { name, state: (await peers.fetch(name, request)).ok ? "ready" : "not ready" };
      } catch {
        // Why is in its own log, or in that of whoever runs it: here it is enough that it is not there.
        return { name, state: "away" };
      }
    }),
  );
}
