import type { Command } from "commander";
import { print } from "./data_options.ts";
import { parseModelVersion } from "./model_version.ts";
import { type TargetOptions, withReader, withTargetOptions } from "./target_options.ts";

/** `millrace trace`: from a document to the versions that saw it, from a version to what it was made of. */
export function register(program: Command): void {
  withTargetOptions(program.command("trace"))
    .description("where a document went, or what a model was made of")
    .argument("<document|model@version>", "id of a document, as search tells it, or a version such as tiny@1")
    .addHelpText("after", "\nExamples:\n  millrace trace tiny@live\n  millrace trace <document id>")
    .action(async (what: string, options: TargetOptions) => {
      const { documentLines, traceDocument, traceVersion, versionLines } = await import("../run/trace.ts");
      const version = parseModelVersion(what);
      if (version) {
        const found = await withReader(options, (reader) => traceVersion(reader, version));
        print(options.json, found, () => versionLines(found));
      } else {
        const found = await withReader(options, (reader) => traceDocument(reader, what));
        print(options.json, found, () => documentLines(found));
      }
    });
}
