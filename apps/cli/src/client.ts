/** Speaks to the services of an installation, or of a data folder: through the process that owns it, or by becoming it for a while. */
import type { z } from "zod";
import { ApiError } from "@millrace/contracts";
import { liveOwner } from "./data_folder/data_folder.ts";
import { takeOrFind } from "./data_folder/take_or_find.ts";
import { readSecrets } from "./embedded/secrets.ts";
import { logFile } from "./embedded/log_file.ts";
import type { Target } from "./target.ts";
import { requireFreePort } from "./free_port.ts";
import { patient, reconnecting } from "./patient.ts";
import { plainText } from "./terminal/plain_text.ts";
import { UsageError } from "./usage_error.ts";

/** Looks, and changes nothing. */
export interface Reader {
  readonly address: string;
  /** True when this process runs the services. */
  readonly isOwner: boolean;
  /**
   * Asks a service and checks its answer.
   * @param path From `/api/` on.
   * @throws {Error} If the service refuses: `status`, `code` and its message.
   */
  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>>;
  /** As `get`, of what is not JSON. */
  bytes(path: string): Promise<Uint8Array>;
  /** As `bytes`, as they come. */
  stream(path: string): Promise<ReadableStream<Uint8Array>>;
}

export interface Client extends Reader {
  readonly apiKey: string;
  post<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.infer<Schema>>;
  put<Schema extends z.ZodType>(path: string, body: unknown, schema: Schema): Promise<z.infer<Schema>>;
  delete<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>>;
  /** Ends the connection; the services too where this process runs them. */
  close(): Promise<void>;
}

/** A service refused a request. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface ConnectOptions {
  /** To listen on where this process becomes the owner of the folder. Default: a free one. */
  readonly port?: number;
  /** Whether an owner does what there is to do, or answers alone. Default: it does. */
  readonly works?: boolean;
}

/**
 * Connects to the services of an installation or of a data folder.
 * @throws {UsageError} If another process has the folder and listens at another port or does not say where, or one has the port.
 */
export async function connect(target: Target, { port = 0, works = true }: ConnectOptions = {}): Promise<Client> {
  if ("address" in target) {
    const asking = patient(fetch, (message) => console.error(message));
    return client(target.address, target.apiKey, false, async () => {}, asking);
  }
  const { dataDir } = target;
  // Before a folder is made for nothing.
  await requirePort(dataDir, port);
  const opened = await takeOrFind(dataDir);
  if ("owner" in opened) {
    requireSamePort(dataDir, port, opened.owner);
    const { apiKey } = await readSecrets(dataDir);
    return client(opened.owner.address, apiKey, false, async () => {});
  }
  const log = await logFile(opened.file("log.jsonl"), (message) => console.error(message));
  try {
    // All the services: who is only a client must not wait for them to be read.
    const { startEmbedded } = await import("./embedded/embedded.ts");
    const embedded = await startEmbedded(opened, { port, works, logSink: log.write, now: Date.now });
    return client(embedded.address, embedded.apiKey, true, async () => {
      await embedded.stop();
      await log.close();
      await opened.release();
    });
  } catch (error) {
    await log.close();
    await opened.release();
    throw error;
  }
}

/**
 * Refuses a port that cannot be listened on, before anything else is done.
 * @param port 0: any will do.
 * @throws {UsageError} If another process has the folder and listens at another port, or one has the port.
 */
export async function requirePort(dataDir: string, port: number): Promise<void> {
  if (port === 0) return;
  const owner = await liveOwner(dataDir);
  if (!owner) await requireFreePort(port);
  // One that is just starting is asked when it has said where it listens.
  else if (owner.address !== null) requireSamePort(dataDir, port, { ...owner, address: owner.address });
}

function requireSamePort(dataDir: string, port: number, { address, pid }: { address: string; pid: number }): void {
  if (port === 0 || String(port) === new URL(address).port) return;
  throw new UsageError(
    `--port ${port}: ${dataDir} is served already, at ${address}; leave --port out, or end process ${pid} first`,
  );
}

/** Where an answer differs from what is known: the names of keys where it has some that are not. */
function placesOf(issue: z.core.$ZodIssue): string[] {
  const keys = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [key]) : [[]];
  return keys.map((key) => [...issue.path, ...key].join(".") || "all of it");
}

function client(
  address: string,
  apiKey: string,
  isOwner: boolean,
  close: () => Promise<void>,
  send: (url: URL, init: RequestInit) => Promise<Response> = reconnecting(fetch),
): Client {
  async function answered(path: string, init: RequestInit): Promise<Response> {
    const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
    const response = await send(new URL(path, address), { ...init, headers });
    if (response.ok) return response;
    const refusal = ApiError.safeParse(await response.json());
    const { code, message } = refusal.success
      ? refusal.data.error
      : { code: "unknown", message: `${path}: the service answered ${response.status}` };
    throw new RequestError(response.status, code, message);
  }
  async function request<Schema extends z.ZodType>(
    path: string,
    init: RequestInit,
    schema: Schema,
  ): Promise<z.infer<Schema>> {
    const answer = schema.safeParse(await (await answered(path, init)).json());
    if (answer.success) return answer.data;
    const unknown = answer.error.issues.flatMap(placesOf).join(", ");
    throw new Error(
      `asking ${address} for ${path}: its answer is not one that this command knows (${plainText(unknown)}); are both of the same version?`,
    );
  }
  return {
    address,
    apiKey,
    isOwner,
    get: (path, schema) => request(path, { method: "GET" }, schema),
    bytes: async (path) => new Uint8Array(await (await answered(path, { method: "GET" })).arrayBuffer()),
    stream: async (path) => (await answered(path, { method: "GET" })).body ?? new Blob([]).stream(),
    post: (path, body, schema) => request(path, { method: "POST", body: JSON.stringify(body) }, schema),
    put: (path, body, schema) => request(path, { method: "PUT", body: JSON.stringify(body) }, schema),
    delete: (path, schema) => request(path, { method: "DELETE" }, schema),
    close,
  };
}
