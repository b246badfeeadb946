import type { Command } from "commander";
import { untilInterrupted } from "../terminal/interrupt.ts";
import { UsageError } from "../usage_error.ts";
import { DEFAULT_DATA_DIR, toPort } from "./run_options.ts";

/** `millrace up`: serves what is in a data folder, without starting a run. */
export function register(program: Command): void {
  program
    .command("up")
    .description("start all services and serve what is there, until Ctrl-C")
    .option("--data-dir <dir>", "where everything is kept", DEFAULT_DATA_DIR)
    .option("--port <n>", "port on 127.0.0.1; 0 takes a free one", toPort, 0)
    .addHelpText("after", "\nExample:\n  millrace up --port 4100")
    .action(async ({ dataDir, port }: { dataDir: string; port: number }) => {
      const [{ connect }, { loginLink }] = await Promise.all([import("../client.ts"), import("../run/login_link.ts")]);
      const client = await connect({ dataDir, port });
      if (!client.isOwner) throw new UsageError(`millrace up: ${dataDir} is served already, at ${client.address}`);
      try {
        console.log(`Console:  ${await loginLink(client)}`);
        console.log(`Endpoint: ${client.address}/v1`);
        await untilInterrupted();
      } finally {
        await client.close();
      }
    });
}
