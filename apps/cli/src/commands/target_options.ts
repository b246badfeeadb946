/** Where a command finds the services: in a data folder, or at the address of an installation. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { shellWord } from "@millrace/contracts";
import { type Command, Option } from "commander";
import type { Client, ConnectOptions, Reader } from "../client.ts";
import { urlOf } from "@millrace/service/addresses";
import type { Target } from "../target.ts";
import { readEnvironment } from "../distributed/environment.ts";
import { UsageError } from "../usage_error.ts";
import { requireWritableFolder } from "../writable.ts";
import { type DataOptions, withDataOptions } from "./data_options.ts";

export interface RemoteOptions {
  readonly address?: string;
  readonly apiKeyFile?: string;
}

export type TargetOptions = DataOptions & RemoteOptions;

/** Where the installation is that a shell's commands mean. */
const ADDRESS = "MILLRACE_ADDRESS";

/**
 * Adds the options of an installation elsewhere.
 * @param local Names of options that only mean something for a data folder.
 */
export function withRemoteOptions(command: Command, ...local: readonly string[]): Command {
  return command
    .addOption(
      new Option("--address <url>", "of an installation, in place of a data folder")
        .env(ADDRESS)
        .conflicts(["dataDir", ...local]),
    )
    .addOption(new Option("--api-key-file <file>", "holds the key for --address; or set MILLRACE_API_KEY"));
}

/** Options of commands that look at what is kept, here or elsewhere. */
export function withTargetOptions(command: Command): Command {
  return withRemoteOptions(withDataOptions(command));
}

/**
 * Options of commands that work on the files of a data folder, which an installation elsewhere has none of. Where the environment names
 * one, the folder has to be named too: the default one would be another than every other command of that shell means.
 */
export function withFolderOptions(command: Command): Command {
  return withDataOptions(command).hook("preAction", (_, action) => {
    if (!process.env[ADDRESS] || action.getOptionValueSource("dataDir") !== "default") return;
    throw new UsageError(
      `millrace ${action.name()}: found ${ADDRESS}, an installation elsewhere, and this is done to a data folder of this machine; name it with --data-dir`,
    );
  });
}

/**
 * Says where to find the services.
 * @throws {UsageError} If the address is none, there is no key for it, or a key for nothing.
 */
export async function targetOf({ dataDir, address, apiKeyFile }: TargetOptions): Promise<Target> {
  if (address === undefined) {
    if (apiKeyFile !== undefined)
      throw new UsageError(`--api-key-file ${apiKeyFile}: found no --address to use it for`);
    return { dataDir };
  }
  const url = urlOf(address, ["http:", "https:"]);
  if (!url) throw new UsageError(`--address ${address}: wanted an address such as https://millrace.example.org`);
  const named = apiKeyFile === undefined ? process.env : { ...process.env, MILLRACE_API_KEY_FILE: apiKeyFile };
  const { MILLRACE_API_KEY: apiKey } = await readEnvironment(["MILLRACE_API_KEY"], named);
  if (apiKey === undefined)
    throw new UsageError(
      `--address ${address}: wanted a key: --api-key-file, MILLRACE_API_KEY_FILE or MILLRACE_API_KEY`,
    );
  return { address: url.origin, apiKey };
}

/** The options that a further command needs to find the same services; empty for the default ones. */
export function sameTarget({ dataDir, address, apiKeyFile }: TargetOptions, defaultDataDir: string): string {
  if (address === undefined) return dataDir === defaultDataDir ? "" : ` --data-dir ${shellWord(dataDir)}`;
  return ` --address ${address}${apiKeyFile === undefined ? "" : ` --api-key-file ${shellWord(apiKeyFile)}`}`;
}

/**
 * Uses the services of an installation, or of a data folder that is there: those of the process that owns it, else this process's
 * own, for as long as it takes.
 * @throws {UsageError} If there is no data folder.
 */
export function withClient<Result>(options: TargetOptions, use: (client: Client) => Promise<Result>): Promise<Result> {
  return using(options, {}, use);
}

/** As `withClient`, to look: services of this process's own load no model and go on with no run, they answer alone. */
export function withReader<Result>(options: TargetOptions, use: (reader: Reader) => Promise<Result>): Promise<Result> {
  return using(options, { works: false }, use);
}

async function using<Result>(
  options: TargetOptions,
  how: ConnectOptions,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const target = await targetOf(options);
  if ("dataDir" in target) await requireDataFolder(target.dataDir);
  const { connect } = await import("../client.ts");
  const client = await connect(target, how);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Why looking is not enough. */
const OPENED = "its database is opened to look into it, which writes: wanted a user who may, or a copy of the folder";

/**
 * Looking must not make a folder where none was.
 * @throws {UsageError} If there is no data folder, or nobody has it open and this process cannot.
 */
export async function requireDataFolder(dataDir: string): Promise<void> {
  const { liveOwner } = await import("../data_folder/data_folder.ts");
  if (await liveOwner(dataDir)) return;
  await requireWritableFolder("--data-dir", dataDir, OPENED);
  try {
    await access(join(dataDir, "format.json"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UsageError(
      `--data-dir ${dataDir}: there is no data folder; millrace run makes one, or name the one you mean`,
    );
  }
}
