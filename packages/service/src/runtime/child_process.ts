import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** What a process wrote last is the best hint at why it ended; this much of it is kept. */
const LAST_WORDS_CHARACTERS = 2000;

/** A process that this one has started. */
export interface ChildProcess {
  /** Absent if it could not be started. */
  readonly pid: number | undefined;
  /** Ends it at once, also when it hangs. */
  kill(): void;
  /** Resolves when it has ended, with how and with its last words. */
  readonly exited: Promise<string>;
}

/**
 * Starts a program of Node's as a child of this process.
 * @param main Its file.
 * @param environment Beside that of this process.
 * @param log Takes the lines that it writes.
 */
export function startChild(
  main: string,
  environment: Readonly<Record<string, string>>,
  log: (line: string) => void,
): ChildProcess {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let lastWords = "";
  for (const stream of [child.stdout, child.stderr]) {
    hearLines(stream, (line) => {
      lastWords = `${lastWords}${line}\n`.slice(-LAST_WORDS_CHARACTERS);
      log(line);
    });
  }
  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(`cannot be started: ${error.message}`));
    child.once("close", (code, signal) => {
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      resolve(lastWords === "" ? how : `${how}: ${lastWords.trim()}`);
    });
  });
  return { pid: child.pid, kill: () => void child.kill("SIGKILL"), exited };
}

/** A process that never ends its line must not fill the memory of this one. */
const LONGEST_LINE_CHARACTERS = 64 * 1024;

/**
 * Hears the lines that a process writes: one that comes in pieces is heard once and whole, empty ones are not. Of one that grows beyond
 * 64 Ki characters, each time that so much has come is heard as a line.
 */
export function hearLines(stream: Readable, hear: (line: string) => void): void {
  let begun = "";
  stream
    .setEncoding("utf8")
    .on("data", (text: string) => {
      const lines = (begun + text).split("\n");
      begun = lines.pop() ?? "";
      for (const line of lines) if (line !== "") hear(line);
      if (begun.length < LONGEST_LINE_CHARACTERS) return;
      hear(begun);
      begun = "";
    })
    .on("end", () => begun !== "" && hear(begun));
}
