/** The same services on Node, Deno and workerd, each at ports of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { SERVICE_NAMES } from "@millrace/contracts";
import { type RunningProcess, startService } from "../../apps/cli/src/distributed/service_process.ts";
import { serviceSettings } from "../../apps/cli/src/distributed/settings.ts";
import { bundleWorkers, EDGE_SERVICES, type EdgeService } from "../../infra/edge/bundle_workers.ts";
import { freePort } from "../kit/free_port.ts";
import { ROOT } from "../kit/millrace.ts";
import type { Installation } from "./installation.ts";
import { programOf } from "./programs.ts";

export interface Runtime {
  address(service: EdgeService): string;
  /** What it wrote: why a request may have failed. */
  words(): string;
  stop(): Promise<void>;
}

export const RUNTIMES = { Node: startNode, Deno: startDeno, workerd: startWorkerd };

type Ports = ReadonlyMap<EdgeService, number>;

async function portsOf(): Promise<Ports> {
  return new Map(await Promise.all(EDGE_SERVICES.map(async (name) => [name, await freePort()] as const)));
}

const addressOf = (ports: Ports, service: string): string =>
  // Nobody listens on the port of the others.
  `http://127.0.0.1:${ports.get(service as EdgeService) ?? 9}`;

const peersOf = (ports: Ports): string => SERVICE_NAMES.map((name) => `${name}=${addressOf(ports, name)}`).join(",");

async function startNode({ settings, nats, folder }: Installation): Promise<Runtime> {
  const ports = await portsOf();
  const environment = { ...settings, NATS_URL: nats.url, MILLRACE_PEERS: peersOf(ports) };
  const lines: string[] = [];
  const running: RunningProcess[] = [];
  for (const name of EDGE_SERVICES) {
    const options = {
      listen: { port: ports.get(name) ?? 0 },
      scratchFolder: join(folder, "scratch"),
      logSink: (line: string) => void lines.push(line),
      now: Date.now,
    };
    running.push(await startService(name, await serviceSettings(name, environment), options));
  }
  return {
    address: (service) => addressOf(ports, service),
    words: () => lines.join("\n"),
    async stop() {
      for (const one of running.reverse()) await one.stop();
    },
  };
}

async function startDeno({ settings, nats }: Installation): Promise<Runtime> {
  const ports = await portsOf();
  const environment = { ...settings, NATS_URL: nats.websocketUrl, MILLRACE_PEERS: peersOf(ports) };
  const flags = ["--quiet", "--node-modules-dir=manual", "--no-remote", "--cached-only", "--no-prompt"];
  const rights = { read: "--allow-read", net: "--allow-net=127.0.0.1", env: "--allow-env", sys: "--allow-sys" };
  const processes = EDGE_SERVICES.map((name) => {
    const main = join(ROOT, "apps", name, "src/runtime/deno.ts");
    // Replicas are processes of their own, and call ONNX Runtime.
    const own = name === "inference" ? ["--allow-all"] : Object.values(rights);
    return start(programOf("deno"), ["run", ...flags, ...own, main], { ...environment, PORT: `${ports.get(name)}` });
  });
  return served(ports, processes);
}

/** @param upstream Address of a gateway with replicas. */
async function startWorkerd({ settings, nats, folder }: Installation, upstream: string): Promise<Runtime> {
  const ports = await portsOf();
  const own = { NATS_URL: nats.websocketUrl, MILLRACE_PEERS: peersOf(ports), MILLRACE_UPSTREAM: upstream };
  const environment = { ...settings, ...own };
  const out = join(folder, "workers");
  await bundleWorkers(out);
  const sockets = EDGE_SERVICES.flatMap((name) => ["--socket-addr", `${name}=127.0.0.1:${ports.get(name)}`]);
  return served(ports, [start(programOf("workerd"), ["serve", join(out, "workerd.capnp"), ...sockets], environment)]);
}

interface Started {
  readonly child: ChildProcess;
  words(): string;
}

function start(program: string, args: readonly string[], environment: Readonly<Record<string, string>>): Started {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let words = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (words += text));
  return { child, words: () => words };
}

async function served(ports: Ports, processes: readonly Started[]): Promise<Runtime> {
  const words = (): string => processes.map((one) => one.words()).join("\n");
  const runtime: Runtime = {
    address: (service) => addressOf(ports, service),
    words,
    async stop() {
      await Promise.all(processes.map(({ child }) => ended(child)));
    },
  };
  try {
    for (const name of EDGE_SERVICES) await ready(`${addressOf(ports, name)}/readyz`, processes, words);
  } catch (error) {
    await runtime.stop();
    throw error;
  }
  return runtime;
}

async function ready(url: string, processes: readonly Started[], words: () => string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    const said = await answer?.text();
    if (answer?.ok) return;
    const isOver = processes.some(({ child }) => child.exitCode !== null || child.signalCode !== null);
    // Not ready yet is no failure; one that the service has no words for is.
    if (isOver || answer?.status === 500)
      throw new Error(`waiting for ${url}: ${isOver ? "the process has ended" : said}:\n${words()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
