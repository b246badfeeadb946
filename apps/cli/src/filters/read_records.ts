/** From lines to checked records; what is none is reported and left out. */
import { inputLines, MAX_LINE_BYTES } from "./input_lines.ts";
import type { RecordOutput } from "./record_output.ts";

/** A record and where it stood. */
export interface InputRecord<Value> {
  readonly position: string;
  readonly value: Value;
}

/** Decodes all lines alike; a byte order mark before the first is no part of it. */
const UTF_8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads texts line by line. Lines that are too long or no UTF-8, and inputs that cannot be read, are reported.
 * @param files None means standard input.
 */
export async function* readTextLines(
  files: readonly string[],
  output: RecordOutput,
): AsyncGenerator<InputRecord<string>> {
  for await (const line of inputLines(files)) {
    if ("failure" in line) output.fail(line.position, line.failure);
    else if (line.bytes === undefined) {
      output.fail(line.position, `found a longer line, wanted at most ${MAX_LINE_BYTES} bytes`);
    } else {
      const text = decoded(line.bytes);
      if (text === undefined) output.fail(line.position, "found bytes that are not UTF-8");
      else yield { position: line.position, value: text };
    }
  }
}

/**
 * Reads one JSON value a line; blank lines are none.
 * @param files None means standard input.
 * @param read Checks a value; what it throws is reported with the line's position, and reading goes on.
 */
export async function* readRecords<Value>(
  files: readonly string[],
  read: (value: unknown) => Value,
  output: RecordOutput,
): AsyncGenerator<InputRecord<Value>> {
  for await (const { position, value: line } of readTextLines(files, output)) {
    if (line.trim() === "") continue;
    try {
      yield { position, value: read(JSON.parse(line)) };
    } catch (error) {
      output.fail(position, messageOf(error));
    }
  }
}

/** What went wrong, in a line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return undefined;
  }
}
