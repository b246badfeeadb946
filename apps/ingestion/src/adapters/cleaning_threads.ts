/** Cleaning in threads: the loop of the process keeps answering while documents are parsed, measured and masked. */
import { Worker } from "node:worker_threads";
import type { Cleaner } from "../cleaner.ts";
import type { FromThread, ToThread } from "./cleaning_worker.ts";

export interface CleaningThreads extends Cleaner {
  /** Ends all threads; work in them fails. */
  close(): Promise<void>;
}

/** A thread holds some 230 MB of tables and heap: those that nobody has needed for so long are ended. */
const IDLE_MS = 10_000;

/**
 * Opens a pool of threads. They start when they are needed first.
 * @param threads At least 1.
 */
export function cleaningThreads(threads: number): CleaningThreads {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  let ending: ReturnType<typeof setTimeout> | undefined;

  async function end(worker: Worker): Promise<void> {
    all.delete(worker);
    await worker.terminate();
  }

  /** Waits for a place in the pool; places are had in the order in which they were asked for. */
  async function enter(): Promise<void> {
    clearTimeout(ending);
    if (busy >= threads) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy += 1;
  }

  /** Hands a place on to whoever waits for one. */
  function leave(): void {
    const next = waiting.shift();
    if (next !== undefined) return next();
    busy -= 1;
    ending = setTimeout(() => void Promise.all(idle.splice(0).map(end)), IDLE_MS);
    ending.unref();
  }

  function wake(): Worker {
    const worker = idle.pop() ?? new Worker(new URL("./cleaning_worker.ts", import.meta.url));
    all.add(worker);
    worker.ref();
    return worker;
  }

  return {
    atOnce: threads,
    async *clean(content, settings, signal) {
      await enter();
      let worker: Worker | undefined;
      let answer: Batch;
      try {
        signal.throwIfAborted();
        worker = wake();
        answer = await ask(worker, { kind: "begin", content, settings }, signal);
        for (; !answer.isLast; answer = await ask(worker, { kind: "go on" }, signal)) yield* answer.cleaned;
        worker.unref();
        idle.push(worker);
        worker = undefined;
      } finally {
        // Whoever leaves in the middle leaves a thread that is still at its file.
        if (worker !== undefined) await end(worker);
        leave();
      }
      yield* answer.cleaned;
    },
    async close() {
      clearTimeout(ending);
      idle.length = 0;
      await Promise.all([...all].map(end));
    },
  };
}

type Batch = Extract<FromThread, { kind: "batch" }>;

/** Sends a message and waits for its answer, the thread's end, or the signal. */
function ask(worker: Worker, message: ToThread, signal: AbortSignal): Promise<Batch> {
  return new Promise((resolve, reject) => {
    const settle = (decide: () => void): void => {
      signal.removeEventListener("abort", onAbort);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      decide();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const onMessage = (answer: FromThread): void =>
      settle(() => (answer.kind === "batch" ? resolve(answer) : reject(answer.error)));
    const onError = (error: unknown): void => settle(() => reject(error));
    const onExit = (code: number): void =>
      settle(() => reject(new Error(`cleaning: the thread ended with code ${code} before it answered`)));
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) return onAbort();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread of Node, not a window
    worker.postMessage(message);
  });
}
