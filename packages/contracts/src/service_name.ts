import { z } from "zod";

/** Every service there is. A service's HTTP routes live under `/api/<name>`; the gateway adds `/v1`, the console `/`. */
export const SERVICE_NAMES = [
  "ingestion",
  "feature",
  "trainer",
  "registry",
  "deployer",
  "inference",
  "monitor",
  "automation",
  "console",
] as const;

export const ServiceName = z.enum(SERVICE_NAMES);
export type ServiceName = z.infer<typeof ServiceName>;
