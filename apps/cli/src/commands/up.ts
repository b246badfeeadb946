import { join } from "node:path";
import { SERVICE_NAMES } from "@millrace/contracts";
import { Argument, type Command } from "commander";
import { settingsHelp } from "../distributed/settings.ts";
import { untilInterrupted } from "../terminal/interrupt.ts";
import { UsageError } from "../usage_error.ts";
import { DEFAULT_DATA_DIR } from "./data_options.ts";
import { toPort } from "./run_options.ts";

interface UpOptions {
  readonly dataDir: string;
  readonly port?: number;
  readonly host?: string;
}

/** Where a service of a distributed installation listens unless told otherwise. */
const SERVICE_PORT = 4100;
const LOCAL = "127.0.0.1";

/** `millrace up`: all services on a data folder, or one service on real servers. */
export function register(program: Command): void {
  program
    .command("up")
    .description("start all services and serve what is there, or one service on real servers, until Ctrl-C")
    .addArgument(
      new Argument("[service]", "run this one alone, as its own process").choices([
        ...SERVICE_NAMES,
        "front",
        "worker",
      ]),
    )
    .option("--data-dir <dir>", "where everything is kept; of one service, what may be lost", DEFAULT_DATA_DIR)
    .option("--port <n>", `port; default any free one, of one service ${SERVICE_PORT}`, toPort)
    .option("--host <address>", `address to listen on, of one service; default ${LOCAL}`)
    .addHelpText(
      "after",
      `\n${settingsHelp()}\n\nExamples:\n  millrace up --port 4100\n  millrace up registry --host 0.0.0.0`,
    )
    .action((service: string | undefined, options: UpOptions) =>
      service === undefined ? upEmbedded(options) : upService(service, options),
    );
}

async function upEmbedded({ dataDir, port = 0, host }: UpOptions): Promise<void> {
  if (host !== undefined) throw new UsageError(`--host ${host}: without a service, only ${LOCAL} is listened on`);
  if (process.env["MILLRACE_PEERS"]) {
    throw new UsageError(
      "millrace up: found MILLRACE_PEERS, wanted a service to run on real servers, or no such setting",
    );
  }
  const [{ connect }, { loginLink }] = await Promise.all([import("../client.ts"), import("../run/login_link.ts")]);
  const client = await connect({ dataDir }, { port });
  try {
    if (!client.isOwner) console.log(`${dataDir} is served already, by another process.`);
    console.log(`Console:  ${await loginLink(client)}`);
    console.log(`Endpoint: ${client.address}/v1`);
    if (!client.isOwner) return;
    await untilInterrupted();
    console.log("Stopped.");
  } finally {
    await client.close();
  }
}

async function upService(name: string, { dataDir, port = SERVICE_PORT, host = LOCAL }: UpOptions): Promise<void> {
  if (port === 0) throw new UsageError(`--port 0: others find ${name} by its port, and its leases are named by it`);
  const { startNamed } = await import("../distributed/start_named.ts");
  const running = await startNamed(name, process.env, {
    listen: { hostname: host, port },
    scratchFolder: join(dataDir, "scratch"),
    logSink: (line) => process.stdout.write(`${line}\n`),
    now: Date.now,
  });
  try {
    await untilInterrupted();
  } finally {
    await running.stop();
  }
}
