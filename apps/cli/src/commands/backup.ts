import type { Command } from "commander";
import { interruption } from "../terminal/interrupt.ts";
import { createProgress } from "../terminal/progress.ts";
import { type DataOptions, print } from "./data_options.ts";
import { requireDataFolder, withFolderOptions } from "./target_options.ts";

/** `millrace backup`: a data folder as one file. */
export function register(program: Command): void {
  withFolderOptions(program.command("backup"))
    .description("copy a data folder into one file, also while a process serves it")
    .argument("<file>", "to make, such as millrace-2026-11-26.tar.gz; it must not be there")
    .addHelpText(
      "after",
      `
The file is a tar under gzip with a manifest of hashes. It holds the folder's API key and secret: keep it as safe as the folder.
Where a process serves the folder, that process makes the copy, of one moment, and goes on. An installation on real servers is backed
up with their own tools: docs/guides/care.md.

Example:
  millrace backup /backups/millrace-2026-11-26.tar.gz`,
    )
    .action(async (file: string, { dataDir, json }: DataOptions) => {
      await requireDataFolder(dataDir);
      const { backUp } = await import("../care/backup.ts");
      const progress = createProgress(process.stderr);
      const startedAtMs = Date.now();
      const onBytes = (done: number, total?: number): void =>
        total === undefined
          ? progress.update(`backing up, ${(done / 1e6).toFixed(1)} MB`, undefined, Date.now() - startedAtMs)
          : progress.update("backing up", { done, total, unit: "bytes" }, Date.now() - startedAtMs);
      const made = await backUp(dataDir, file, startedAtMs, onBytes, interruption()).finally(() => progress.clear());
      print(json, made, () => [
        `${made.file}: ${made.files} files, ${made.bytes.toLocaleString("en-US")} bytes before compression`,
      ]);
    });
}
