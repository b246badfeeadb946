/** Counting in a thread: millions of tokens take seconds and hundreds of megabytes, which end with it. */
import { on } from "node:events";
import { Readable } from "node:stream";
import { Worker } from "node:worker_threads";
import { type Log, unlessAborted } from "@millrace/service";
import type { ContinueByCounts, CountedTokens, Drawing } from "../ngrams.ts";
import type { FromThread, ToThread } from "./ngram_worker.ts";

export interface NgramThread {
  readonly continueByCounts: ContinueByCounts;
  /** Ends the thread; work in it fails, and so does what is asked for later. */
  close(): Promise<void>;
}

/** Of the counts that were asked for last: whoever tries a model asks again. */
const IDLE_MS = 60_000;

/** Opens the port. One is answered at a time, and the counts of one corpus are held. */
export function ngramThread(log: Log): NgramThread {
  let worker: Worker | undefined;
  let held: string | undefined;
  let last = Promise.resolve();
  let ending: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  function start(): Worker {
    const started = new Worker(new URL("./ngram_worker.ts", import.meta.url));
    // Also when nobody waits for an answer: an error that nobody hears ends the process.
    started.on("error", (error) => log.error("the thread that counts n-grams has failed", { error }));
    started.on("exit", () => {
      if (worker === started) worker = held = undefined;
    });
    return started;
  }

  async function end(): Promise<void> {
    const ended = worker;
    worker = held = undefined;
    await ended?.terminate();
  }

  function refuseClosed(): void {
    if (isClosed) throw new Error("counting n-grams: the service is stopping");
  }

  /** Of those who leave while they wait, the place alone is given up. */
  async function inTurn(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    const before = last;
    const turn = Promise.withResolvers<void>();
    last = turn.promise.then(() => before);
    try {
      await unlessAborted(before, signal);
      clearTimeout(ending);
      await act().finally(() => {
        ending = setTimeout(() => void end(), IDLE_MS);
        ending.unref();
      });
    } finally {
      turn.resolve();
    }
  }

  async function ask(
    { read, ...counted }: CountedTokens,
    drawing: Drawing,
    signal: AbortSignal,
    tell: (token: number) => void,
  ): Promise<void> {
    const tokens = held === counted.sha256 ? undefined : await read();
    signal.throwIfAborted();
    refuseClosed();
    worker ??= start();
    const answers = on(worker, "message", { signal, close: ["exit"] });
    const message: ToThread = { counted: tokens && { ...counted, tokens }, drawing };
    held = undefined;
    worker.postMessage(message, tokens === undefined ? [] : [tokens.buffer]);
    let isWhole = false;
    try {
      for await (const [answer] of answers as AsyncIterable<[FromThread]>) {
        isWhole = answer === "end";
        if (answer === "end") break;
        tell(answer);
      }
      if (!isWhole) throw new Error("counting n-grams: the thread ended before it answered");
      held = counted.sha256;
    } finally {
      // Whoever leaves in the middle leaves a thread that is still at work.
      if (!isWhole) await end();
    }
  }

  return {
    async *continueByCounts(counted, drawing, signal) {
      refuseClosed();
      const left = new AbortController();
      // Some thousand numbers at most: whoever does not read them keeps nobody waiting.
      const said = new Readable({ objectMode: true, read() {} });
      const limit = AbortSignal.any([signal, left.signal]);
      inTurn(limit, () => ask(counted, drawing, limit, (token) => said.push(token))).then(
        () => said.push(null),
        (error: Error) => said.destroy(error),
      );
      try {
        for await (const token of said) yield token as number;
      } finally {
        left.abort();
      }
    },
    async close() {
      isClosed = true;
      clearTimeout(ending);
      await end();
    },
  };
}
