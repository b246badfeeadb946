/** What a process of a distributed installation must be told, as environment variables. Nothing of it is guessed. */
import { SERVICE_NAMES, ServiceName } from "@millrace/contracts";
import { z } from "zod";
import { UsageError } from "../usage_error.ts";
import { readEnvironment } from "./environment.ts";
import { artifactsAddress, hostAndPort, natsAddress, peerAddresses, urlOf } from "@millrace/service/addresses";

/** Checks a value in words that do not repeat it: it may hold a password. */
function parsed<Value>(wanted: string, parse: (text: string) => Value | undefined) {
  const absent = `is not set; wanted ${wanted}`;
  return z.string({ error: absent }).transform((text, context): Value => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: `wanted ${wanted}, found something else` });
    return z.NEVER;
  });
}

const text = (wanted: string, pattern: RegExp) => parsed(wanted, (value) => (pattern.test(value) ? value : undefined));

const PEERS = "http://{service}:4100, or a list such as registry=http://10.0.0.3:4100,ingestion=… with every service";

/** Every variable, by what it is for. `<NAME>_FILE` may stand for each of them. */
const VARIABLES = {
  NATS_URL: parsed("nats://user:password@host:4222, several hosts separated by commas", natsAddress),
  DATABASE_URL: parsed("postgres://user:password@host:5432/database", (value) =>
    urlOf(value, ["postgres:", "postgresql:"]) ? value : undefined,
  ),
  ARTIFACTS_URL: parsed("s3://bucket/prefix?endpoint=https://host&region=name or file:///folder", artifactsAddress),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  MILLRACE_CLUSTER_SECRET: text("at least 32 characters, the same for every service", /^\S{32,}$/),
  MILLRACE_API_KEY: text("the key of the first user: mr_ and 64 hexadecimal digits", /^mr_[0-9a-f]{64}$/),
  MILLRACE_METRICS_KEY: text("the key for metrics alone: mr_ and 64 hexadecimal digits", /^mr_[0-9a-f]{64}$/),
  MILLRACE_PEERS: parsed(PEERS, peerAddresses),
  MILLRACE_PUBLIC_ADDRESS: parsed("the address users reach, such as https://millrace.example.org", (value) => {
    const url = urlOf(value, ["http:", "https:"]);
    return url?.pathname === "/" && url.search === "" ? url.origin : undefined;
  }),
  MILLRACE_WORKERS: parsed(
    "where the trainer waits for workers: host:port, its own address, such as 10.0.0.5:4200",
    hostAndPort,
  ),
  MILLRACE_SOURCES: text("the absolute path of the folder that recipes may take documents from", /^\//),
};

/** Names of all variables. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES);

const Front = z.object({
  MILLRACE_PEERS: VARIABLES.MILLRACE_PEERS,
  MILLRACE_PUBLIC_ADDRESS: VARIABLES.MILLRACE_PUBLIC_ADDRESS,
});
export type FrontSettings = z.infer<typeof Front>;

const Worker = z.object({
  MILLRACE_CLUSTER_SECRET: VARIABLES.MILLRACE_CLUSTER_SECRET,
  MILLRACE_WORKERS: VARIABLES.MILLRACE_WORKERS,
});
export type WorkerSettings = z.infer<typeof Worker>;

const Most = z.object({
  ...VARIABLES,
  MILLRACE_METRICS_KEY: VARIABLES.MILLRACE_METRICS_KEY.optional(),
  MILLRACE_SOURCES: VARIABLES.MILLRACE_SOURCES.optional(),
  MILLRACE_WORKERS: VARIABLES.MILLRACE_WORKERS.optional(),
});
export type ServiceSettings = z.infer<typeof Most>;

/** Settings of a service: ingestion alone must know where documents lie, an S3 store alone needs keys. */
function settingsOf(service: ServiceName) {
  const settings = service === "ingestion" ? Most.extend({ MILLRACE_SOURCES: VARIABLES.MILLRACE_SOURCES }) : Most;
  return settings.superRefine((found, context) => {
    if (found.ARTIFACTS_URL.kind !== "s3") return;
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const) {
      if (found[name] === undefined)
        context.addIssue({ code: "custom", path: [name], message: "is not set; ARTIFACTS_URL with s3:// wants it" });
    }
  });
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings of one service.
 * @throws {UsageError} With one line for every variable that is missing or not what it should be.
 */
export async function serviceSettings(service: ServiceName, environment: Environment): Promise<ServiceSettings> {
  return checked(service, settingsOf(service), await readEnvironment(VARIABLE_NAMES, environment));
}

/** Reads the settings of the front. */
export async function frontSettings(environment: Environment): Promise<FrontSettings> {
  return checked("front", Front, await readEnvironment(VARIABLE_NAMES, environment));
}

/** Reads the settings of a worker. */
export async function workerSettings(environment: Environment): Promise<WorkerSettings> {
  return checked("worker", Worker, await readEnvironment(VARIABLE_NAMES, environment));
}

function checked<Schema extends z.ZodType>(name: string, schema: Schema, values: object): z.infer<Schema> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  throw new UsageError(`millrace up ${name}: the environment is not complete:\n${lines.join("\n")}`);
}

/** For `--help`: each variable with what it wants. */
export function settingsHelp(): string {
  return [
    `Services: ${SERVICE_NAMES.join(", ")}; front, which leads users to them by path; and worker, which lends its machine to the trainer.`,
    "A service reads its settings from the environment; NAME_FILE may give the path of a file that holds the value of NAME:",
    ...Object.entries(VARIABLES).map(([name, schema]) => `  ${name.padEnd(24)} ${wantedOf(schema)}`),
    "MILLRACE_SOURCES is for ingestion, MILLRACE_WORKERS for workers, and for a trainer that takes some; MILLRACE_METRICS_KEY may be left out.",
    "The front wants MILLRACE_PEERS and MILLRACE_PUBLIC_ADDRESS alone, a worker MILLRACE_CLUSTER_SECRET and MILLRACE_WORKERS.",
  ].join("\n");
}

function wantedOf(schema: z.ZodType): string {
  const [, wanted = "wanted where ARTIFACTS_URL begins with s3://"] =
    /wanted (.*)/.exec(schema.safeParse(undefined).error?.issues[0]?.message ?? "") ?? [];
  return wanted;
}
