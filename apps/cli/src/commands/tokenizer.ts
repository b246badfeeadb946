import { type Command, InvalidArgumentError, Option } from "commander";
import type { TokenizerTraining } from "../filters/train_tokenizer.ts";
import { messageOf } from "../filters/read_records.ts";
import { toText, toTokenIds } from "../filters/records.ts";
import { runFilter } from "../filters/run_filter.ts";
import { UsageError } from "../usage_error.ts";

const TRAIN_EXAMPLES = `
Standard input and files named .jsonl or .ndjson hold JSON strings or objects with "text", one a line; other files are
plain text.

Examples:
  millrace tokenizer train --kind bpe --vocab-size 8000 --output tokenizer.json notes.txt
  millrace tokenizer train --kind characters --output tokenizer.json notes.txt
  millrace scrub documents.jsonl | millrace tokenizer train --kind wordpiece --vocab-size 8000 --output tokenizer.json`;

const ENCODE_EXAMPLE = `
Example:
  echo '"the mill race"' | millrace tokenizer encode --tokenizer tokenizer.json`;

const DECODE_EXAMPLE = `
Example:
  echo '[464, 3996]' | millrace tokenizer decode --tokenizer tokenizer.json`;

/** `millrace tokenizer train|encode|decode`. */
export function register(program: Command): void {
  const tokenizer = program
    .command("tokenizer")
    .description("train a tokenizer, encode and decode with it")
    .addHelpText("after", "\nExample:\n  millrace tokenizer train --vocab-size 8000 --output tokenizer.json notes.txt");
  registerTrain(tokenizer);
  withTokenizer(tokenizer.command("encode"))
    .description("JSON strings, one a line, to arrays of ids; special tokens in a text are recognised, none is added")
    .addHelpText("after", ENCODE_EXAMPLE)
    .action(async (files: string[], options: { tokenizer: string }) => {
      const { encode } = await openTokenizer(options.tokenizer);
      await runFilter("tokenizer encode", files, toText, (text) => [...encode(text)]);
    });
  withTokenizer(tokenizer.command("decode"))
    .description("arrays of ids, one a line, to JSON strings")
    .addHelpText("after", DECODE_EXAMPLE)
    .action(async (files: string[], options: { tokenizer: string }) => {
      const { decode } = await openTokenizer(options.tokenizer);
      await runFilter("tokenizer decode", files, toTokenIds, decode);
    });
}

function registerTrain(tokenizer: Command): void {
  tokenizer
    .command("train")
    .description("learn a tokenizer.json that Hugging Face's tokenizers can read")
    .argument("[files...]", "text files or JSON lines; standard input when left out")
    .addOption(new Option("--kind <kind>", "algorithm").choices(["bpe", "characters", "wordpiece"]).default("bpe"))
    .option("--vocab-size <n>", "tokens in all, special ones included; of bpe and wordpiece", toCount)
    .requiredOption("--output <file>", "where the tokenizer is written")
    .addHelpText("after", TRAIN_EXAMPLES)
    .action(async (files: string[], options: TokenizerTraining) => {
      const { trainTokenizer } = await import("../filters/train_tokenizer.ts");
      await trainTokenizer(files, options);
    });
}

function withTokenizer(command: Command): Command {
  return command
    .argument("[files...]", "JSON lines; standard input when left out")
    .requiredOption("--tokenizer <file>", "a tokenizer.json");
}

async function openTokenizer(file: string) {
  const [{ readFile }, { loadTokenizer }] = await Promise.all([
    import("node:fs/promises"),
    import("@millrace/tokenizer"),
  ]);
  try {
    return loadTokenizer(await readFile(file, "utf8"));
  } catch (error) {
    throw new UsageError(`millrace tokenizer: --tokenizer ${file}: ${messageOf(error)}`);
  }
}

function toCount(value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1) throw new InvalidArgumentError("Expected a whole number from 1.");
  return count;
}
