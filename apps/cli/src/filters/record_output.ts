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
 * Opens standard output for records. A filter is for its output alone: when its reader leaves (`| head`), or it cannot be written, the
 * process ends at once. In silence and with 0 (1 if a record failed before) is how it ends without a reader; else with 1.
 * @param command Name in messages, such as `filter`.
 */
export function openOutput(command: string): RecordOutput {
  // What listens first has told of it and set the exit code.
  process.stdout.on("error", () => process.exit());
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
