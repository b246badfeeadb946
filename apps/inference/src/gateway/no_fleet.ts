import { HttpError } from "@millrace/service";
import type { Fleet } from "./fleet.ts";

/** The fleet of a gateway that can have no replicas: replicas are child processes that dial in, and an isolate can neither start nor hear them. */
export const NO_FLEET: Fleet = {
  group: refuse,
  load: refuse,
  retire: async () => {},
  find: () => undefined,
  groups: () => [],
  close: async () => {},
};

async function refuse({ model, version }: { readonly model: string; readonly version: number }): Promise<never> {
  const message = `completing with ${model}@${version}: this gateway can start no replicas; wanted one on Node`;
  throw new HttpError(503, "model_unavailable", message);
}
