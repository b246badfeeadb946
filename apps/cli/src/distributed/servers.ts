/** The servers that a service works with, tried at its start: an error names the setting and the server, and never a password. */
import type { ArtifactStore } from "@millrace/artifacts";
import { s3Store } from "@millrace/artifacts/s3";
import { connectNats } from "@millrace/bus/jetstream";
import { DEFAULT_PROJECT } from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { openPostgres } from "@millrace/database/postgres";
import type { ArtifactsAddress, NatsAddress } from "@millrace/service/addresses";

/**
 * Connects to NATS.
 * @param name Shown in the server's list of connections.
 * @throws {Error} If no server can be reached or it refuses the credentials.
 */
export async function reachNats(address: NatsAddress, name: string): ReturnType<typeof connectNats> {
  try {
    return await connectNats({ ...address, name });
  } catch (error) {
    throw unreached("NATS_URL", address.servers, error);
  }
}

/**
 * Opens a database that answers.
 * @param url `postgres://user:password@host:port/database`.
 * @throws {Error} If the server cannot be reached, refuses the user, or has no such database.
 */
export async function reachPostgres(url: string): Promise<Database> {
  const database = openPostgres(url);
  try {
    await database.transaction(async () => {});
    return database;
  } catch (error) {
    await database.close();
    const { host, pathname } = new URL(url);
    throw unreached("DATABASE_URL", `${host}${pathname}`, error);
  }
}

type Bucket = Extract<ArtifactsAddress, { kind: "s3" }>;

/**
 * Opens a bucket that answers: it is asked for one page of what it holds.
 * @throws {Error} If the store cannot be reached, has no such bucket, or refuses the keys.
 */
export async function reachBucket(
  { endpoint, bucket, prefix, region }: Bucket,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<ArtifactStore> {
  const store = s3Store({ endpoint, bucket, prefix, credentials, ...(region === undefined ? {} : { region }) });
  try {
    for await (const _ of store.forProject(DEFAULT_PROJECT).list()) break;
    return store;
  } catch (error) {
    throw unreached("ARTIFACTS_URL", `bucket ${bucket} at ${endpoint}`, error);
  }
}

function unreached(setting: string, place: string, error: unknown): Error {
  const reason = reasonOf(error);
  const wanted = "wanted a server that answers there and lets this user in";
  return new Error(`${setting}: reaching ${place}: ${reason}; ${wanted}`, { cause: error });
}

/** Of the error behind all others: NATS's own tells no reason, and one for several addresses of a host has no words. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(reasonOf).join(", ");
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
