/** Trains a tokenizer on text that streams by. */
import { writeFile } from "node:fs/promises";
import { loadTokenizer, trainBpe, trainCharacters, trainWordPiece, VocabularyTooSmallError } from "@millrace/tokenizer";
import { UsageError } from "../usage_error.ts";
import { requireWritableFile } from "../writable.ts";
import { STDIN } from "./input_lines.ts";
import { readRecords, readTextLines } from "./read_records.ts";
import { openOutput, type RecordOutput } from "./record_output.ts";
import { toTrainingText } from "./records.ts";

/** Options of `millrace tokenizer train`. */
export interface TokenizerTraining {
  readonly kind: "bpe" | "characters" | "wordpiece";
  /** Tokens in all; not of characters. */
  readonly vocabSize?: number;
  /** File to write. */
  readonly output: string;
}

/**
 * Learns from the files and writes the tokenizer; one JSON line says what was learnt from.
 * @param files JSON lines when named .jsonl or .ndjson, else plain text; none means JSON lines from standard input.
 * @throws {VocabularyTooLargeError} If the text supports fewer tokens.
 * @throws {UsageError} If the file cannot be written, or the number of tokens does not go with the kind or is too small for it.
 */
export async function trainTokenizer(
  files: readonly string[],
  { kind, vocabSize, output: file }: TokenizerTraining,
): Promise<void> {
  const isOfCharacters = kind === "characters";
  if (isOfCharacters !== (vocabSize === undefined)) {
    const wanted = isOfCharacters ? "none with --kind characters, which takes all there are" : "a number of tokens";
    throw new UsageError(`millrace tokenizer train: --vocab-size: found ${vocabSize ?? "none"}, wanted ${wanted}`);
  }
  await requireWritableFile("millrace tokenizer train: --output", file);
  const output = openOutput("tokenizer train");
  const texts = trainingTexts(files, output);
  if (vocabSize === undefined) {
    const { json } = await trainCharacters(texts);
    await writeFile(file, json);
    await output.write({ output: file, kind, vocabularySize: loadTokenizer(json).vocabularySize });
    return;
  }
  const train = kind === "bpe" ? trainBpe : trainWordPiece;
  const { json, distinctWords, droppedWords, longWords } = await train(texts, { vocabularySize: vocabSize }).catch(
    (error: unknown) => {
      if (!(error instanceof VocabularyTooSmallError)) throw error;
      throw new UsageError(`millrace tokenizer train: --vocab-size: ${error.message}`);
    },
  );
  await writeFile(file, json);
  await output.write({ output: file, kind, vocabularySize: vocabSize, distinctWords, droppedWords, longWords });
}

async function* trainingTexts(files: readonly string[], output: RecordOutput): AsyncGenerator<string> {
  for (const file of files.length === 0 ? [STDIN] : files) {
    if (file === STDIN || /\.(?:jsonl|ndjson)$/i.test(file)) {
      for await (const { value } of readRecords([file], toTrainingText, output)) yield value;
    } else {
      // Line breaks are text too: a tokenizer that never saw one would have no token for it.
      for await (const { value } of readTextLines([file], output)) yield `${value}\n`;
    }
  }
}
