/** A peer written in Python, which takes turns with ours. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";

/** Names the interpreter whose packages the peers import. */
const INTERPRETER = "MILLRACE_BENCH_PYTHON";

export interface PythonPeer {
  /** The peer with its version, as figures name it. */
  readonly name: string;
  /**
   * Asks for one round.
   * @returns Seconds of each repetition.
   * @throws {Error} If the peer ends instead.
   */
  round(request: Readonly<Record<string, unknown>>): Promise<number[]>;
  /**
   * Asks for anything else that it answers with one line of JSON.
   * @throws {Error} If the peer ends instead, or the answer is no `schema`.
   */
  ask<Answer>(request: Readonly<Record<string, unknown>>, schema: z.ZodType<Answer>): Promise<Answer>;
  /** Most memory that its process held until the last answer, where it tells. */
  peakBytes(): number | undefined;
  close(): Promise<void>;
}

const Greeting = z.strictObject({ name: z.string() });
const Round = z.strictObject({
  seconds: z.array(z.number().positive()).min(1),
  peakBytes: z.number().int().positive().optional(),
});

/**
 * Starts a peer: a script that prints `{"name": …}` when it is ready, then answers each line of JSON on its input with one line, of
 * a round `{"seconds": […]}`, with `peakBytes` if it likes, until its input ends. Alive but unasked it must not use a processor.
 * @param script Path of the script.
 * @param args Its arguments.
 * @returns Undefined where the environment variable MILLRACE_BENCH_PYTHON names no interpreter.
 * @throws {Error} If the script ends before it is ready; what it wrote on its error output is on ours.
 */
export async function openPythonPeer(script: string, args: readonly string[]): Promise<PythonPeer | undefined> {
  const interpreter = process.env[INTERPRETER];
  if (interpreter === undefined) return undefined;
  const child = spawn(interpreter, [script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async <T>(schema: z.ZodType<T>): Promise<T> => {
    const { value, done } = await lines.next();
    if (done)
      throw new Error(`benchmark peer ${script} ended with code ${String((await ended)[0])} instead of answering`);
    return schema.parse(JSON.parse(value));
  };
  const { name } = await next(Greeting);
  let peakBytes: number | undefined;
  const ask: PythonPeer["ask"] = (request, schema) => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    return next(schema);
  };
  return {
    name,
    async round(request) {
      const answer = await ask(request, Round);
      peakBytes = answer.peakBytes;
      return answer.seconds;
    },
    ask,
    peakBytes: () => peakBytes,
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
