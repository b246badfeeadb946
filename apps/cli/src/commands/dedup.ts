import type { Command } from "commander";

const EXAMPLE = `
Results come when all input is read, in its order. Each cluster has one document with "duplicateOf": null.

Example:
  millrace dedup documents.jsonl | jq -r 'select(.duplicateOf == null).id'
  millrace dedup --documents documents.jsonl > originals.jsonl`;

/** `millrace dedup`: finds exact and near copies. */
export function register(program: Command): void {
  program
    .command("dedup")
    .description('{"id","text"} lines to {"id","cluster","duplicateOf"}')
    .argument("[files...]", "JSON lines; standard input when left out")
    .option(
      "--documents",
      "write one document of each cluster, as it came, instead of verdicts; all are held in memory",
    )
    .addHelpText("after", EXAMPLE)
    .action(async (files: string[], options: { documents?: true }) => {
      const { deduplicate } = await import("../filters/deduplicate.ts");
      await deduplicate(files, options.documents ?? false);
    });
}
