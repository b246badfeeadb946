/** What a service at the edge must be told. The names are those of the distributed mode. */
import { z } from "zod";
import { artifactsAddress, natsWebSocketAddress, peerAddresses, urlOf } from "../addresses.ts";

/** Checks a value in words that do not repeat it: it may hold a password. */
function parsed<Value>(wanted: string, parse: (text: string) => Value | undefined) {
  return z.string({ error: `is not set; wanted ${wanted}` }).transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `wanted ${wanted}, found something else` });
    return z.NEVER;
  });
}

const EdgeSettings = z.object({
  NATS_URL: parsed("wss://user:password@host:port, NATS over WebSocket", natsWebSocketAddress),
  DATABASE_URL: parsed("postgres://user:password@host:5432/database", (text) =>
    urlOf(text, ["postgres:", "postgresql:"]) ? text : undefined,
  ),
  ARTIFACTS_URL: parsed("s3://bucket/prefix?endpoint=https://host&region=name", (text) => {
    const address = artifactsAddress(text);
    return address?.kind === "s3" ? address : undefined;
  }),
  AWS_ACCESS_KEY_ID: z.string(),
  AWS_SECRET_ACCESS_KEY: z.string(),
  MILLRACE_CLUSTER_SECRET: parsed("at least 32 characters, the same for every service", (text) =>
    /^\S{32,}$/.test(text) ? text : undefined,
  ),
  MILLRACE_API_KEY: parsed("mr_ and 64 hexadecimal digits", (text) =>
    /^mr_[0-9a-f]{64}$/.test(text) ? text : undefined,
  ),
  MILLRACE_PEERS: parsed("the addresses of all services", peerAddresses),
  MILLRACE_PUBLIC_ADDRESS: parsed("the address that users reach", (text) => urlOf(text, ["http:", "https:"])?.origin),
});
export type EdgeSettings = z.infer<typeof EdgeSettings>;

/**
 * Reads settings from environment variables or bindings.
 * @throws {Error} With one line for every one that is missing or not what it should be.
 */
export function edgeSettings(service: string, environment: Readonly<Record<string, unknown>>): EdgeSettings {
  const result = EdgeSettings.safeParse(environment);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  throw new Error(`starting ${service}: the settings are not complete:\n${lines.join("\n")}`);
}
