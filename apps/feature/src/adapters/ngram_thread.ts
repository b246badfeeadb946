/** Counting in a thread: millions of tokens take seconds and hundreds of megabytes, which end with it. */
import { on } from "node:events";
import { Worker } from "node:worker_threads";
import type { ContinueByCounts } from "../ngrams.ts";
import type { FromThread, ToThread } from "./ngram_worker.ts";

export interface NgramThread {
  readonly continueByCounts: ContinueByCounts;
  /** Ends the thread; work in it fails. */
  close(): Promise<void>;
}

/** Of the counts that were asked for last: whoever tries a model asks again. */
const IDLE_MS = 60_000;

/** Opens the port. One is answered at a time, and the counts of one corpus are held. */
export function ngramThread(): NgramThread {
  let worker: Worker | undefined;
  let held: string | undefined;
  let last = Promise.resolve();
  let ending: ReturnType<typeof setTimeout> | undefined;

  async function end(): Promise<void> {
    const ended = worker;
    worker = held = undefined;
    await ended?.terminate();
  }

  return {
    async *continueByCounts({ read, ...counted }, drawing, signal) {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      let isWhole = false;
      try {
        await before;
        clearTimeout(ending);
        signal.throwIfAborted();
        const tokens = held === counted.sha256 ? undefined : await read();
        worker ??= new Worker(new URL("./ngram_worker.ts", import.meta.url));
        held = undefined;
        const answers = on(worker, "message", { signal, close: ["exit"] });
        const message: ToThread = { counted: tokens && { ...counted, tokens }, drawing };
        worker.postMessage(message, tokens === undefined ? [] : [tokens.buffer]);
        for await (const [answer] of answers as AsyncIterable<[FromThread]>) {
          isWhole = answer === "end";
          if (answer === "end") break;
          yield answer;
        }
        if (!isWhole) throw new Error("counting n-grams: the thread ended before it answered");
        held = counted.sha256;
      } finally {
        // Whoever leaves in the middle leaves a thread that is still at work.
        if (!isWhole) await end();
        ending = setTimeout(() => void end(), IDLE_MS);
        ending.unref();
        turn.resolve();
      }
    },
    async close() {
      clearTimeout(ending);
      await end();
    },
  };
}
