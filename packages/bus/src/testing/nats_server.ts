/** A real NATS server for tests: found on this machine, started on a free port with JetStream in a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { env } from "node:process";

export interface NatsServer {
  readonly url: string;
  /** The same server over WebSocket. */
  readonly websocketUrl: string;
  /** Ends it in good order; what it stored stays. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again after `stop` or `kill`, on the same port and store. */
  start(): Promise<void>;
  /** Ends it and removes its store. */
  remove(): Promise<void>;
}

/**
 * Path of the server's program: `MILLRACE_NATS_SERVER`, else in `.cache/bin` of the repository, else on the search path.
 * @returns Undefined when there is none.
 * @throws {Error} If `MILLRACE_NATS_SERVER` names no program.
 */
export function findNatsServer(): string | undefined {
  const named = env["MILLRACE_NATS_SERVER"];
  if (named !== undefined && named !== "") {
    if (!isProgram(named)) throw new Error(`finding nats-server: MILLRACE_NATS_SERVER="${named}" is no program`);
    return named;
  }
  const cached = resolve(import.meta.dirname, "../../../../.cache/bin");
  const folders = [cached, ...(env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, "nats-server")).find(isProgram);
}

let reasonPrinted = false;

/** Why tests with NATS cannot run here, printed once; undefined when they can. */
export function natsSkipReason(): string | undefined {
  if (findNatsServer() !== undefined) return undefined;
  const reason = "nats-server was not found (infra/install.sh installs it, MILLRACE_NATS_SERVER names one)";
  if (!reasonPrinted) console.warn(`skipped: tests of the JetStream adapter: ${reason}`);
  reasonPrinted = true;
  return reason;
}

/**
 * Starts a server and waits until it answers.
 * @throws {Error} If there is no nats-server, or it ends before it answers.
 */
export async function startNatsServer(): Promise<NatsServer> {
  const program = findNatsServer();
  if (program === undefined) throw new Error("starting nats-server: none was found");
  const folder = await mkdtemp(join(tmpdir(), "millrace-nats-"));
  const [port, websocketPort] = [await freePort(), await freePort()];
  const config = join(folder, "nats.conf");
  await writeFile(config, `websocket { listen: "127.0.0.1:${websocketPort}", no_tls: true }\n`);
  let running: ChildProcess | undefined;

  async function start(): Promise<void> {
    const options = ["-c", config, "--addr", "127.0.0.1", "--port", `${port}`, "--jetstream", "--store_dir", folder];
    running = spawn(program ?? "", options, { stdio: ["ignore", "ignore", "pipe"] });
    await answering(running, port);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const ending = running;
    running = undefined;
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await exited;
  }

  async function remove(): Promise<void> {
    await end("SIGKILL");
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    websocketUrl: `ws://127.0.0.1:${websocketPort}`,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    start,
    remove,
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string")
    throw new Error(`finding a free port: got address ${String(address)}`);
  return address.port;
}

/** Resolves when the port takes a connection; rejects with the server's last words when it ends first. */
async function answering(child: ChildProcess, port: number): Promise<void> {
  let words = "";
  let ended = false;
  child.stderr?.on("data", (chunk: Buffer) => (words = (words + chunk.toString()).slice(-2000)));
  child.once("exit", () => (ended = true));
  child.once("error", (error) => {
    words += error.message;
    ended = true;
  });
  while (!(await accepts(port))) {
    if (ended) throw new Error(`starting nats-server on port ${port}: it ended before it answered: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
