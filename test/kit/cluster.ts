/** A distributed installation on this machine: real NATS and Postgres, an S3 server, and every service as its own process on a free port. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { EventBus } from "@millrace/bus";
import { connectNats, jetstreamBus } from "@millrace/bus/jetstream";
import { natsSkipReason, startNatsServer } from "@millrace/bus/testing";
import { SERVICE_NAMES, type ServiceName } from "@millrace/contracts";
import { postgresUnavailable, startPostgres } from "@millrace/database/testing";
import { newApiKey } from "@millrace/service";
import { freePort } from "./free_port.ts";
import { MAIN, ROOT } from "./millrace.ts";
import { startS3 } from "./s3.ts";

const PROCESSES = [...SERVICE_NAMES, "worker", "front"] as const;
export const PARTS = [...PROCESSES, "nats", "postgres"] as const;
export type Part = (typeof PARTS)[number];

export interface Cluster {
  readonly address: string;
  /** What a command needs to speak to it. */
  readonly environment: Readonly<Record<string, string>>;
  /** To look on. */
  readonly bus: EventBus;
  /** SIGKILL; then starts the part again, as a supervisor would. Resolves when it takes requests again. */
  kill(part: Part): Promise<void>;
  /** What a process has written until now, of all its lives. */
  logOf(part: Part): string;
  /** What the processes warned of, newest last: why a run may have failed. */
  complaints(): string;
  stop(): Promise<void>;
}

/** Why there can be no cluster here; undefined when there can. */
export function clusterUnavailable(): string | undefined {
  return natsSkipReason() ?? postgresUnavailable();
}

/** Time a killed part is gone before it is started again: within a second. */
const GONE_MS = 300;

/**
 * Starts everything and waits until it is ready.
 * @param folder For artifacts and caches.
 */
export async function startCluster(folder: string): Promise<Cluster> {
  const [nats, postgres, s3] = await Promise.all([startNatsServer(), startPostgres(), startS3(join(folder, "s3"))]);
  const ports = new Map(await Promise.all(PROCESSES.map(async (name) => [name, await freePort()] as const)));
  const addressOf = (name: string): string => `http://127.0.0.1:${ports.get(name as ServiceName)}`;
  const address = addressOf("front");
  const apiKey = newApiKey();
  const settings = {
    NATS_URL: nats.url,
    DATABASE_URL: await postgres.createDatabase("millrace"),
    ARTIFACTS_URL: s3.artifactsUrl,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.accessKey,
    MILLRACE_CLUSTER_SECRET: newApiKey().slice(3),
    MILLRACE_API_KEY: apiKey,
    MILLRACE_PEERS: SERVICE_NAMES.map((name) => `${name}=${addressOf(name)}`).join(","),
    MILLRACE_PUBLIC_ADDRESS: address,
    MILLRACE_SOURCES: ROOT,
    MILLRACE_WORKERS: `127.0.0.1:${await freePort()}`,
  };
  const children = new Map<string, ChildProcess>();
  const logs = new Map<string, string>();

  function launch(name: string): void {
    const port = String(ports.get(name as ServiceName));
    const args = [MAIN, "up", name, "--port", port, "--data-dir", join(folder, "scratch")];
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
      env: { ...process.env, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => logs.set(name, (logs.get(name) ?? "") + text));
    children.set(name, child);
  }

  async function ready(name: string): Promise<void> {
    for (;;) {
      const child = children.get(name) as ChildProcess;
      if (hasEnded(child)) throw new Error(`starting ${name}: it ended:\n${logs.get(name)?.slice(-4000)}`);
      const answer = await fetch(`${addressOf(name)}/readyz`).catch(() => undefined);
      await answer?.body?.cancel();
      if (answer?.ok) return;
      await pause(50);
    }
  }

  async function end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = children.get(name);
    if (!child || hasEnded(child)) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  for (const name of PROCESSES) launch(name);
  await Promise.all(PROCESSES.map(ready));
  const connection = await connectNats({ servers: new URL(nats.url).host, name: "test kit" });
  const bus = await jetstreamBus(connection, { now: Date.now });
  return {
    address,
    environment: { MILLRACE_ADDRESS: address, MILLRACE_API_KEY: apiKey },
    bus,
    async kill(part) {
      if (part === "nats") {
        await nats.kill();
        await pause(GONE_MS);
        await nats.start();
      } else if (part === "postgres") {
        await postgres.kill();
        await pause(GONE_MS);
        await postgres.restart();
      } else {
        await end(part, "SIGKILL");
        await pause(GONE_MS);
        launch(part);
        await ready(part);
      }
    },
    logOf: (part) => logs.get(part) ?? "",
    complaints: () =>
      [...logs.values()]
        .flatMap((text) => text.split("\n").filter((line) => line !== "" && !line.includes('"level":"info"')))
        .slice(-200)
        .join("\n"),
    async stop() {
      await bus.close();
      await connection.close();
      await Promise.all(PROCESSES.map((name) => end(name, "SIGTERM")));
      await Promise.all([nats.remove(), postgres.stop(), s3.stop()]);
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
