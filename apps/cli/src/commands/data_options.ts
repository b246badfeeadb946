import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { Client } from "../client.ts";
import { UsageError } from "../usage_error.ts";
import { DEFAULT_DATA_DIR } from "./run_options.ts";

/** Options of commands that look at what is kept. */
export interface DataOptions {
  readonly dataDir: string;
  readonly json?: true;
}

/** Adds them. */
export function withDataOptions(command: Command): Command {
  return command
    .option("--data-dir <dir>", "where everything is kept", DEFAULT_DATA_DIR)
    .option("--json", "print one JSON object instead of text");
}

/**
 * Uses the services of a data folder that is there: those of the process that owns it, else this process's own, for as long as it
 * takes.
 * @throws {UsageError} If there is no data folder.
 */
export async function withClient<Result>(dataDir: string, use: (client: Client) => Promise<Result>): Promise<Result> {
  await requireDataFolder(dataDir);
  const { connect } = await import("../client.ts");
  const client = await connect({ dataDir });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Looking must not make a folder where none was. */
async function requireDataFolder(dataDir: string): Promise<void> {
  try {
    await access(join(dataDir, "format.json"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UsageError(
      `--data-dir ${dataDir}: there is no data folder; millrace run makes one, or name the one you mean`,
    );
  }
}

/** Prints a value as JSON, or the lines that say it. */
export function print(json: boolean | undefined, value: object, lines: () => readonly string[]): void {
  if (json) console.log(JSON.stringify(value));
  else for (const line of lines()) console.log(line);
}
