import { shellWord } from "@millrace/contracts";
import type { Command } from "commander";
import { counted } from "../terminal/counted.ts";
import { print } from "./data_options.ts";

interface RestoreOptions {
  readonly dataDir: string;
  readonly erasures: readonly string[];
  readonly json?: true;
}

/** `millrace restore`: a data folder from a backup. */
export function register(program: Command): void {
  program
    .command("restore")
    .description("make a data folder of a backup, checked file by file")
    .argument("<file>", "that millrace backup has made")
    .requiredOption("--data-dir <dir>", "where to make it: a folder that is empty or not there")
    .option(
      "--erasures <file...>",
      "further lists of what was forgotten since, as millrace forget --list prints them",
      [],
    )
    .option("--json", "print one JSON object instead of text")
    .addHelpText(
      "after",
      `
What was forgotten after the backup was made is forgotten in the new folder too, before anybody is served: erasures that millrace
forget has written beside the backup are found by themselves.

Example:
  millrace restore /backups/millrace-2026-11-26.tar.gz --data-dir .millrace`,
    )
    .action(async (file: string, { dataDir, erasures, json }: RestoreOptions) => {
      const { restore } = await import("../care/restore.ts");
      const made = await restore(file, dataDir, { erasures, tell: console.error });
      print(json, made, () => [
        `${made.folder}: ${made.files} files as of ${made.madeAt}, every hash is right`,
        ...(made.forgotten.length === 0
          ? []
          : [`${counted(made.forgotten.length, "document")} forgotten since: gone here too`]),
        `Go on with: millrace up --data-dir ${shellWord(dataDir)}`,
      ]);
    });
}
