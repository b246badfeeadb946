/** Services in one process for tests: a real embedded bus, database and artifact store in a temporary folder, and a recording. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore } from "@millrace/artifacts";
import { fileStore } from "@millrace/artifacts/file";
import type { EventBus, Lease } from "@millrace/bus";
import { sqliteBus, sqliteLease } from "@millrace/bus/sqlite";
import { type CloudEvent, DEFAULT_PROJECT, type EventDefinition, rootEventId } from "@millrace/contracts";
import type { Database, Migration } from "@millrace/database";
import { emptyDatabase, freshDatabase } from "@millrace/database/testing";
import type { z } from "zod";
import { type Access, anyOf, apiKeys, hashApiKey, LOCAL_HOST_NAMES, serviceToken, serviceTokens } from "../access.ts";
import { type RunningServices, startServices } from "../host.ts";
import { registryKeys } from "../key_directory.ts";
import { createLog } from "../log.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { localPeers } from "../peers.ts";
import type { OpenPorts, Ports } from "../ports.ts";
import type { LimitsOf } from "../project_limits.ts";
import type { Service } from "../service.ts";
import { migrateService } from "../tables.ts";
import type { Timing } from "../timing.ts";
import { recordEvents, type RecordedEvents } from "./recorded_events.ts";

export interface TestHostOptions {
  /** Makes the services under test. */
  readonly services: (openPorts: OpenPorts, access: Access) => readonly Service[];
  /** Migrations of the services' own tables, by service. Default: none. */
  readonly migrations?: Readonly<Record<string, readonly Migration[]>>;
  /** One that is open already: an embedded Postgres takes seconds to start. It is emptied, and left open. Default: a new PGlite. */
  readonly database?: Database;
  /** Default: the system's clock. */
  readonly now?: () => number;
  /** Default: empty ones of its own. */
  readonly metrics?: Metrics;
  /** Default: none has a limit. */
  readonly limitsOf?: LimitsOf;
  /** Default: `FAST_TIMING`. */
  readonly timing?: Partial<Timing>;
}

/** Short waits; nothing in it is a promise a test may count on. */
export const FAST_TIMING: Partial<Timing> = {
  ackWaitMs: 5000,
  jobPollMs: 50,
  heartbeatMs: 100,
  sweepMs: 200,
  retryDelayMs: () => 10,
};

export interface TestHost {
  readonly ports: Ports;
  readonly bus: EventBus;
  readonly lease: Lease;
  readonly database: Database;
  readonly artifacts: ArtifactStore;
  /** Where they lie, as `fileStore` lays them out. */
  readonly artifactsFolder: string;
  readonly services: readonly Service[];
  readonly events: RecordedEvents;
  /** Log lines, parsed. */
  readonly logged: readonly Record<string, unknown>[];
  /** The installation's own key: an admin of project `default`. */
  readonly apiKey: string;
  /** Starts the loops; nothing runs before. */
  start(): Promise<void>;
  /** Stops the loops, as a stopping process does. `start` begins anew. */
  stop(): Promise<void>;
  /**
   * Publishes an event as its emitter would.
   * @param key Tells it from others of its type: the same key gives the same id.
   */
  publish<Schema extends z.ZodType<Record<string, unknown>>>(
    key: string,
    definition: EventDefinition<Schema>,
    data: z.input<Schema>,
    envelope?: Partial<CloudEvent>,
  ): Promise<CloudEvent>;
  /** Sends a request to a service with the admin's key. */
  request(service: string, path: string, init?: RequestInit): Promise<Response>;
  /** Stops everything and removes the folder. */
  close(): Promise<void>;
}

/** Opens a host; close it after the test. */
export async function testHost(options: TestHostOptions): Promise<TestHost> {
  const dir = await mkdtemp(join(tmpdir(), "millrace-host-"));
  const now = options.now ?? Date.now;
  const database = options.database ?? (await freshDatabase());
  if (options.database !== undefined) await emptyDatabase(database);
  const bus = sqliteBus({ file: join(dir, "bus.sqlite"), now });
  const lease = sqliteLease({ file: join(dir, "bus.sqlite"), now });
  const artifactsFolder = join(dir, "artifacts");
  const artifacts = fileStore(artifactsFolder);
  const logged: Record<string, unknown>[] = [];
  const log = createLog({ service: "test", sink: (line) => logged.push(JSON.parse(line)), now });

  const [secret, apiKey] = ["cluster-secret-of-the-tests", `mr_${"0".repeat(64)}`];
  const keyHash = await hashApiKey(apiKey);
  const admin = { name: "admin", project: DEFAULT_PROJECT, role: "admin", ofInstallation: true } as const;
  let services: readonly Service[] = [];
  const peers = localPeers(() => services, await serviceToken(secret, "automation"));
  const keys = registryKeys(peers, now);
  const access: Access = {
    authenticate: anyOf(
      apiKeys(async (hash) => (hash === keyHash ? admin : undefined)),
      apiKeys(keys.byHash, "mlr_"),
      serviceTokens(secret),
    ),
    hostNames: LOCAL_HOST_NAMES,
    keys,
    ownKeyHash: keyHash,
    ...(options.limitsOf === undefined ? {} : { limitsOf: options.limitsOf }),
  };
  const ports: Ports = { database, artifacts, bus, peers, log, metrics: options.metrics ?? createMetrics(), now };
  services = options.services(async () => ({ ports }), access);
  for (const { name } of services) await migrateService(database, name, options.migrations?.[name] ?? []);

  const closing = new AbortController();
  const events = await recordEvents(bus, closing.signal);
  let running: RunningServices | undefined;
  let starts = 0;
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };

  return {
    ports,
    bus,
    lease,
    database,
    artifacts,
    artifactsFolder,
    services,
    events,
    logged,
    apiKey,
    async start() {
      const owner = `test-${starts++}`;
      running = await startServices(services, { owner, lease, timing: { ...FAST_TIMING, ...options.timing } });
    },
    stop,
    async publish(key, definition, data, envelope = {}) {
      const event = await rootEvent(key, definition, data, now());
      const published = { ...event, ...envelope };
      await bus.publish([published]);
      return published;
    },
    request(service, path, init = {}) {
      const found = services.find(({ name }) => name === service);
      if (found === undefined) throw new RangeError(`sending a request to "${service}": it is not under test`);
      const headers = new Headers(init.headers);
      if (!headers.has("authorization")) headers.set("authorization", `Bearer ${apiKey}`);
      return found.fetch(new Request(new URL(path, "http://127.0.0.1"), { ...init, headers }));
    },
    async close() {
      await stop();
      closing.abort();
      await bus.close();
      await lease.close();
      if (options.database === undefined) await database.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function rootEvent(key: string, definition: EventDefinition, data: unknown, nowMs: number): Promise<CloudEvent> {
  const id = await rootEventId(DEFAULT_PROJECT, definition.type, key);
  const parsed = definition.schema.parse(data);
  const run = typeof parsed["runId"] === "string" ? parsed["runId"] : "run-1";
  return {
    specversion: "1.0",
    id,
    source: `/millrace/${definition.emitters[0]}`,
    type: definition.type,
    subject: run,
    time: new Date(nowMs).toISOString(),
    datacontenttype: "application/json",
    project: DEFAULT_PROJECT,
    correlationid: run,
    causationid: id,
    data: parsed,
  };
}
