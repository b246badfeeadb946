import { join } from "node:path";
import { DEFAULT_PROJECT, VersionView } from "@millrace/contracts";
import type { Artifacts } from "@millrace/artifacts";
import type { Command } from "commander";
import { damagedFiles } from "../care/damaged_files.ts";
import { interruption } from "../terminal/interrupt.ts";
import { createProgress } from "../terminal/progress.ts";
import { type DataOptions, print } from "./data_options.ts";
import { requireModelVersion, versionPath } from "./model_version.ts";
import { withFolderOptions, withReader } from "./target_options.ts";

/** `millrace verify`: trains a version again and compares. */
export function register(program: Command): void {
  withFolderOptions(program.command("verify"))
    .description(
      "check what is stored of a version, train it again and compare the checkpoints, byte for byte; nothing is stored",
    )
    .argument("<model@version>", "such as tiny@1 or tiny@live")
    .addHelpText(
      "after",
      "\nExit code 0 when equal, 1 when different, when a stored file is damaged or when nothing can be said.\n\nExample:\n  millrace verify tiny@1",
    )
    .action(async (what: string, { dataDir, json }: DataOptions) => {
      const path = versionPath(requireModelVersion("verify", what));
      const version = await withReader({ dataDir }, (reader) => reader.get(path, VersionView));
      const { fileStore } = await import("@millrace/artifacts/file");
      // Read from the folder: nothing of a run may be missing that its owner no longer offers. Every read is checked against its hash.
      const artifacts = fileStore(join(dataDir, "artifacts")).forProject(DEFAULT_PROJECT);
      const name = `${version.model}@${version.version}`;
      const damaged = await damagedFiles(version, artifacts);
      if (damaged.length > 0) {
        print(json, { version: name, verdict: "damaged", damaged }, () => [
          `${name} is damaged: bring its files back from a backup`,
          ...damaged.map(({ file, reason }) => `  ${file}: ${reason}`),
        ]);
        process.exitCode = 1;
        return;
      }
      const found = await trainAgain(version, artifacts);
      const wanted = version.checkpoint.sha256;
      print(json, { version: name, wanted, ...found }, () => [
        found.verdict === "unverifiable"
          ? found.reason
          : `${name} is ${found.verdict === "same" ? "reproduced" : "NOT reproduced"}: wanted ${wanted}, found ${found.checkpoint}`,
      ]);
      process.exitCode = found.verdict === "same" ? 0 : 1;
    });
}

async function trainAgain(version: VersionView, artifacts: Artifacts) {
  const { ArtifactNotFoundError } = await import("@millrace/artifacts");
  const { verify } = await import("@millrace/trainer/verify");
  const progress = createProgress(process.stderr);
  const startedAtMs = Date.now();
  try {
    return await verify(version, {
      async readArtifact(sha256) {
        try {
          return await artifacts.bytes(sha256);
        } catch (error) {
          if (error instanceof ArtifactNotFoundError) return undefined;
          throw error;
        }
      },
      onStep: (done, total) => progress.update("verifying", { done, total, unit: "steps" }, Date.now() - startedAtMs),
      log: (line) => {
        if (process.env["MILLRACE_DEBUG"]) console.error(line);
      },
      now: Date.now,
      signal: interruption(),
    });
  } finally {
    progress.clear();
  }
}
