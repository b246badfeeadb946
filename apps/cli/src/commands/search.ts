import { SearchResults } from "@millrace/contracts";
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../usage_error.ts";
import { passageLines } from "../run/passage_lines.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withReader, withTargetOptions } from "./target_options.ts";

interface SearchOptions extends TargetOptions {
  readonly run?: string;
  readonly limit: number;
}

/** `millrace search`: the passages of a run's documents that hold some words. */
export function register(program: Command): void {
  withTargetOptions(program.command("search"))
    .description("passages of documents that hold these words, best first")
    .argument("<words...>", "what to look for")
    .option("--run <id>", "whose documents; default: the newest run's")
    .option("--limit <n>", "at most so many passages, 1 to 50", toLimit, 10)
    .addHelpText("after", "\nExample:\n  millrace search how to install --limit 3")
    .action(async (words: string[], { run, limit, ...options }: SearchOptions) => {
      const wanted = words.join(" ");
      if (wanted.trim() === "") throw new UsageError("millrace search: expected words to look for, found none");
      const query = new URLSearchParams({
        q: wanted,
        limit: String(limit),
        ...(run === undefined ? {} : { run }),
      });
      const found = await withReader(options, (reader) => reader.get(`/api/ingestion/search?${query}`, SearchResults));
      print(options.json, found, () => passageLines(found));
    });
}

function toLimit(value: string): number {
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1 || limit > 50) throw new InvalidArgumentError("Expected 1 to 50.");
  return limit;
}
