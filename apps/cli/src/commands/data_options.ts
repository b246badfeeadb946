import type { Command } from "commander";

export const DEFAULT_DATA_DIR = ".millrace";

/** Options of commands that look at a data folder. */
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

/** Prints a value as JSON, or the lines that say it. */
export function print(json: boolean | undefined, value: object, lines: () => readonly string[]): void {
  if (json) console.log(JSON.stringify(value));
  else for (const line of lines()) console.log(line);
}
