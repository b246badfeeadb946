/** A filter that makes one record of one record. */
import { openOutput } from "./record_output.ts";
import { messageOf, readRecords } from "./read_records.ts";

/**
 * Reads records, applies a function to each, and writes what it gives, in order. A record that cannot be read, or for which
 * the function throws, is reported with its position and left out; the exit code is 1 then.
 * @param command Name in messages.
 * @param files None means standard input.
 * @param read Checks one parsed line.
 * @param apply Makes the record to write; undefined is none.
 */
export async function runFilter<Value>(
  command: string,
  files: readonly string[],
  read: (value: unknown) => Value,
  apply: (value: Value) => unknown,
): Promise<void> {
  const output = openOutput(command);
  for await (const { position, value } of readRecords(files, read, output)) {
    let result: unknown;
    try {
      result = apply(value);
    } catch (error) {
      output.fail(position, messageOf(error));
      continue;
    }
    if (result !== undefined) await output.write(result);
  }
}
