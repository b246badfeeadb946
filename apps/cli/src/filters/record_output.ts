/** Output of the Unix filters: a JSON line a record, and errors of single records beside it. */
import { once } from "node:events";

/** Where a filter writes. */
export interface RecordOutput {
  /** Writes one JSON line; resolves when the reader of the pipe can take more. */
  write(record: unknown): Promise<void>;
  /** Reports one record that could not be used; the exit code will be 1. */
  fail(position: string, message: string): void;
}

/**
 * Opens standard output for records.
 * @param command Name in messages, such as `filter`.
 */
export function openOutput(command: string): RecordOutput {
  return {
    async write(record) {
      if (!process.stdout.write(`${JSON.stringify(record)}\n`)) await once(process.stdout, "drain");
    },
    fail(position, message) {
      console.error(`millrace ${command}: ${position}: ${message}`);
      process.exitCode = 1;
    },
  };
}
