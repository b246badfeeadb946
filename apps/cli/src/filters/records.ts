/** Records of a Unix filter: one line in, one JSON line out, in order. */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { UsageError } from "../usage_error.ts";

/** One line and where it stood. */
export interface Line {
  readonly text: string;
  /** File and line, for messages. */
  readonly place: string;
}

/** Longest line; a longer one is no record but a file without line ends. */
const MAX_LINE_CHARACTERS = 64 * 2 ** 20;

/**
 * Lines of files, or of standard input when there are none (or where a file is `-`). Blank lines are left out.
 * @throws If a file cannot be read, holds no UTF-8 or a line of more than 64 Mi characters.
 */
export async function* readLines(files: readonly string[]): AsyncGenerator<Line> {
  for (const file of files.length === 0 ? ["-"] : files) {
    const source: AsyncIterable<Uint8Array> = file === "-" ? process.stdin : createReadStream(file);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let rest = "";
    let number = 0;
    const line = (text: string): Line => ({ text, place: `${file === "-" ? "stdin" : file}:${++number}` });
    for await (const chunk of source) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > MAX_LINE_CHARACTERS) {
        throw new UsageError(`${line("").place}: found a line of more than ${MAX_LINE_CHARACTERS} characters`);
      }
      for (const text of lines) {
        const found = line(text);
        if (found.text.trim() !== "") yield found;
      }
    }
    rest += decoder.decode();
    if (rest.trim() !== "") yield line(rest);
  }
}

/** Writes one JSON line, and waits where the reader is slower. */
export async function writeRecord(record: unknown): Promise<void> {
  if (!process.stdout.write(`${JSON.stringify(record)}\n`)) await once(process.stdout, "drain");
}

/** Tells what is wrong with one record; the command goes on, and ends with exit code 1. */
export function reportFault(place: string, error: unknown): void {
  process.stderr.write(`${place}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** Ends quietly when the reader has gone, as `head` does. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
    throw error;
  });
}

/** Applies a step to every line; a line that it refuses is reported. */
export async function eachRecord(
  files: readonly string[],
  step: (text: string) => unknown,
  write: boolean = true,
): Promise<void> {
  endWithReader();
  for await (const { text, place } of readLines(files)) {
    let record: unknown;
    try {
      record = await step(text);
    } catch (error) {
      reportFault(place, error);
      continue;
    }
    if (write) await writeRecord(record);
  }
}
