import type { Command } from "commander";
import { print } from "./data_options.ts";
import { requireModelVersion } from "./model_version.ts";
import { type TargetOptions, withReader, withTargetOptions } from "./target_options.ts";

/** `millrace export`: writes a version as a folder that other tools read. */
export function register(program: Command): void {
  withTargetOptions(program.command("export"))
    .description("write a version as a folder in Hugging Face's layout, each file checked against its hash")
    .argument("<model@version>", "such as tiny@1 or tiny@live")
    .argument("<folder>", "is made; must be empty if it is there")
    .addHelpText(
      "after",
      `
Python's transformers and transformers.js load the folder; it holds an ONNX graph for other runtimes too, and the model's card.

Example:
  millrace export tiny@live ./tiny`,
    )
    .action(async (what: string, folder: string, target: TargetOptions) => {
      const version = requireModelVersion("export", what);
      const { exportFolder } = await import("../run/export_folder.ts");
      const files = await withReader(target, (reader) => exportFolder(reader, version, folder));
      print(target.json, { version: what, folder, files }, () => [
        `${what} is in ${folder}:`,
        ...Object.entries(files).map(
          ([path, { sizeBytes }]) => `  ${path.padEnd(28)} ${sizeBytes.toLocaleString("en-US").padStart(15)} bytes`,
        ),
      ]);
    });
}
