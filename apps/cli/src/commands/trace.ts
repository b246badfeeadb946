import type { Command } from "commander";
import { print } from "./data_options.ts";
import { parseModelVersion } from "./model_version.ts";
import { type TargetOptions, withReader, withTargetOptions } from "./target_options.ts";

interface TraceOptions extends TargetOptions {
  readonly run?: string;
}

const DOCUMENT_ID = /^[0-9a-f]{64}$/;

/** `millrace trace`: from a document to the versions that saw it, from a path to its documents, from a version to what it was made of. */
export function register(program: Command): void {
  withTargetOptions(program.command("trace"))
    .description("where a document went, what of a path was kept or left out, or what a model was made of")
    .argument(
      "<document|path|model@version>",
      "id of a document, as search tells it; a file or folder of the sources, as they are named there or from here, . for all; or a version such as tiny@1",
    )
    .option("--run <id>", "of a path: which run's documents; default: the newest run's")
    .addHelpText(
      "after",
      "\nExamples:\n  millrace trace tiny@live\n  millrace trace <document id>\n  millrace trace notes/june.md\n  millrace trace . --run run-1a2b3c4d",
    )
    .action(async (what: string, { run, ...options }: TraceOptions) => {
      const { documentLines, traceDocument, traceVersion, versionLines } = await import("../run/trace.ts");
      const version = parseModelVersion(what);
      if (version) {
        const found = await withReader(options, (reader) => traceVersion(reader, version));
        print(options.json, found, () => versionLines(found));
        return;
      }
      const { pathLines, placeOf, tracePath } = await import("../run/trace_path.ts");
      const { RequestError } = await import("../client.ts");
      await withReader(options, async (reader) => {
        const below = DOCUMENT_ID.test(what) ? undefined : await tracePath(reader, what, run);
        if (below) return print(options.json, below, () => pathLines(below));
        const found = await traceDocument(reader, what).catch(async (error: unknown) => {
          if (!(error instanceof RequestError) || error.status !== 404 || DOCUMENT_ID.test(what)) throw error;
          const { status, code, message } = error;
          const nowhere = `and ${run ?? "the newest run"} read nothing at "${what}" or ${await placeOf(what)}`;
          throw new RequestError(status, code, `${message}; ${nowhere}: millrace trace . lists what it read`);
        });
        print(options.json, found, () => documentLines(found));
      });
    });
}
