/** The real command in a real process, told to speak JSON lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { join } from "node:path";
import { Summary } from "@millrace/contracts";
import { BRIEFLY } from "./briefly.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The command from the sources, as `npm run demo` starts it. */
const SOURCE = join(ROOT, "apps/cli/src/main.ts");
/** The command: in tests bundled, elsewhere from the sources. */
export const MAIN = fileURLToPath(process.env["MILLRACE_TEST_PROGRAM"] ?? pathToFileURL(SOURCE));
/** The recipe that goes through everything in 20 s. */
export const TINY = join(ROOT, "test/recipes/tiny.yaml");

/** A line of `--json` output. */
export type Message = { readonly kind: string } & Readonly<Record<string, unknown>>;

export interface Running {
  readonly process: ChildProcess;
  readonly messages: readonly Message[];
  /** Everything written to standard output. */
  text(): string;
  /** Everything written to standard error. */
  errors(): string;
  /**
   * Waits for a message.
   * @throws If the process ends before it comes; with what it wrote.
   */
  until(matches: (message: Message) => boolean): Promise<Message>;
  /** Waits for the end; the exit code, or the signal's name. */
  ended(): Promise<number | string>;
}

/**
 * Starts `millrace`; `--json` is up to the caller.
 * @param input What it reads; nothing by default.
 */
export function millrace(
  args: readonly string[],
  cwd: string = ROOT,
  environment: Readonly<Record<string, string>> = {},
  input?: string,
): Running {
  return startProgram([...BRIEFLY, MAIN, ...args], cwd, environment, input);
}

/** As `millrace`, from the sources, and as long as it takes. */
export function millraceFromSource(args: readonly string[], cwd: string = ROOT): Running {
  return startProgram([SOURCE, ...args], cwd, {});
}

function startProgram(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  input?: string,
): Running {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: "pipe",
  });
  child.stdin.end(input);
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  let text = "";
  let errors = "";
  let exit: number | string | undefined;
  const wake = (): void => waiting.forEach((look) => look());
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    text += `${line}\n`;
    if (line.startsWith("{")) messages.push(JSON.parse(line) as Message);
    wake();
  });
  // Not `exit`: what it wrote last is still in the pipes then.
  child.on("close", (code, signal) => {
    exit = code ?? signal ?? "unknown";
    wake();
  });
  return {
    process: child,
    messages,
    text: () => text,
    errors: () => errors,
    until: (matches) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = messages.find(matches);
          if (!found && exit === undefined) return;
          waiting.delete(look);
          if (found) resolve(found);
          else reject(new Error(`${args.join(" ")} ended with ${exit} before the awaited message:\n${errors}`));
        };
        waiting.add(look);
        look();
      }),
    async ended() {
      if (exit === undefined) await once(child, "close");
      return exit as number | string;
    },
  };
}

/** The summary that a run wrote. */
export async function readSummary(file: string): Promise<Summary> {
  return Summary.parse(JSON.parse(await readFile(file, "utf8")));
}

/** The part of a summary that must be the same for any number of nodes, and after any interruption. */
export function madeOf(summary: Summary): object {
  const { documents, redactions, tokens, vocabulary, parameters, steps, corpusHash, loss, bitsPerByte } = summary;
  return {
    documents,
    redactions,
    tokens,
    vocabulary,
    parameters,
    steps,
    corpusHash,
    loss,
    bitsPerByte,
    artifacts: summary.artifacts,
  };
}
