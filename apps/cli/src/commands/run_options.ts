import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { DEFAULT_DATA_DIR } from "./data_options.ts";
import { type RemoteOptions, withRemoteOptions } from "./target_options.ts";

/** Options that `run` and `demo` share. */
export interface RunOptions extends RemoteOptions {
  readonly set?: readonly string[];
  readonly dataDir: string;
  readonly dryRun?: true;
  readonly resume?: true;
  /** Id of the run whose recipe is taken. */
  readonly again?: string;
  readonly once?: true;
  readonly summary?: string;
  readonly json?: true;
  readonly port?: number;
}

/** Adds the options of a run. */
export function withRunOptions(command: Command): Command {
  const local = command
    .option("--set <key=value>", "override a key of the recipe, e.g. train.nodes=3 (repeatable)", append)
    .option("--data-dir <dir>", "where everything is kept", DEFAULT_DATA_DIR)
    .option("--dry-run", "print what would be done, with sizes and estimates, and stop")
    .option("--resume", "go on with the newest run of the data folder, and with its recipe")
    .option("--once", "end when the run is done, instead of serving until Ctrl-C")
    .option("--summary <file>", "write what the run did as one JSON document")
    .option("--json", "print progress and the summary as JSON lines")
    .option("--port <n>", "port on 127.0.0.1; default any free one", toPort);
  return withRemoteOptions(local, "port", "dryRun");
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Reads a port. */
export function toPort(value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("Expected 0 to 65535.");
  return port;
}
