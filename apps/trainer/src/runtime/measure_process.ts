import { hearLines } from "@millrace/service/node";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measure, Measures, Measuring } from "../evaluation/measure.ts";

/** What the process of an evaluation says to its parent. */
export type MeasureAnswer =
  { readonly measured: Measuring } | { readonly measures: Measures } | { readonly failed: string };

const main = fileURLToPath(new URL("./measure_main.ts", import.meta.url));

/**
 * Measures in a process of its own: what it takes in memory is given back whole, and it can be ended at any time.
 * @param log Takes lines that the process writes.
 */
export function measureInProcess(log: (line: string) => void): Measure {
  return async (input, { signal, onMeasured }) => {
    signal.throwIfAborted();
    const child = fork(main, { serialization: "advanced", execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of [child.stdout!, child.stderr!]) hearLines(stream, log);
    const exited = new Promise<void>((resolve) => {
      child.once("close", () => resolve());
      child.once("error", () => resolve());
    });
    const kill = (): void => void child.kill("SIGKILL");
    signal.addEventListener("abort", kill);
    try {
      return await new Promise<Measures>((resolve, reject) => {
        child.on("message", (answer: MeasureAnswer) => {
          if ("measured" in answer) onMeasured(answer.measured);
          else if ("measures" in answer) resolve(answer.measures);
          else reject(new Error(`evaluating the model: ${answer.failed}`));
        });
        child.once("error", reject);
        child.once("exit", (code, by) => {
          const how = by === null ? `ended with code ${code}` : `was ended by ${by}`;
          // Its answer may still lie in the pipe.
          void exited.then(() => reject(signal.reason ?? new Error(`evaluating the model: the process ${how}`)));
        });
        child.send(input, (error) => error && reject(error));
      });
    } finally {
      signal.removeEventListener("abort", kill);
      kill();
      await exited;
    }
  };
}
