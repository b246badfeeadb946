import type { Command } from "commander";
import { type DataOptions, print, withClient, withDataOptions } from "./data_options.ts";
import { parseModelVersion } from "./model_version.ts";

/** `millrace trace`: from a document to the versions that saw it, from a version to what it was made of. */
export function register(program: Command): void {
  withDataOptions(program.command("trace"))
    .description("where a document went, or what a model was made of")
    .argument("<document|model@version>", "id of a document, as search tells it, or a version such as tiny@1")
    .addHelpText("after", "\nExamples:\n  millrace trace tiny@live\n  millrace trace <document id>")
    .action(async (what: string, { dataDir, json }: DataOptions) => {
      const { documentLines, traceDocument, traceVersion, versionLines } = await import("../run/trace.ts");
      const version = parseModelVersion(what);
      if (version) {
        const found = await withClient(dataDir, (client) => traceVersion(client, version));
        print(json, found, () => versionLines(found));
      } else {
        const found = await withClient(dataDir, (client) => traceDocument(client, what));
        print(json, found, () => documentLines(found));
      }
    });
}
