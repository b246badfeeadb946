/** A filter as the real command in a real process, as a shell would run it. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** What a finished command left. */
export interface Finished {
  readonly code: number | null;
  /** Its lines of standard output, parsed. */
  readonly records: unknown[];
  readonly errors: string;
}

/**
 * Starts the command.
 * @param nodeOptions Options for Node itself.
 */
export function startFilter(
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...nodeOptions, MAIN, ...args]);
}

/** Runs the command on a whole input. */
export async function runFilter(args: readonly string[], input: string | Uint8Array = ""): Promise<Finished> {
  const child = startFilter(args);
  // A command that ends before it has read all is judged by its exit code and its output.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const lines = output.split("\n").filter((line) => line !== "");
  return { code: code as number | null, records: lines.map((line): unknown => JSON.parse(line)), errors };
}

/** JSON lines of values. */
export function jsonLines(...values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
