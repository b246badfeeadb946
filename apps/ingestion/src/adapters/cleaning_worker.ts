/** Thread of `cleaningThreads`: cleans one file at a time and hands its documents over in batches, each when it is asked for. */
import { parentPort } from "node:worker_threads";
import type { Cleaned, CleaningSettings, SourceContent } from "../cleaner.ts";
import { inProcessCleaner } from "../in_process_cleaner.ts";

/** Begins a file, or goes on with the one at hand. */
export type ToThread =
  | { readonly kind: "begin"; readonly content: SourceContent; readonly settings: CleaningSettings }
  | { readonly kind: "go on" };

export type FromThread =
  | { readonly kind: "batch"; readonly cleaned: readonly Cleaned[]; readonly isLast: boolean }
  | { readonly kind: "failed"; readonly error: unknown };

const BATCH_DOCUMENTS = 64;
const BATCH_UNITS = 1024 * 1024;

const cleaner = inProcessCleaner();
/** The thread is ended with its work: nothing has to be aborted inside. */
const never = new AbortController().signal;
let rest: AsyncIterator<Cleaned> | undefined;

async function batchOf(documents: AsyncIterator<Cleaned>): Promise<FromThread> {
  const cleaned: Cleaned[] = [];
  for (let units = 0; cleaned.length < BATCH_DOCUMENTS && units < BATCH_UNITS;) {
    const next = await documents.next();
    if (next.done === true) return { kind: "batch", cleaned, isLast: true };
    cleaned.push(next.value);
    if (next.value.passed) units += next.value.document.text.length;
  }
  return { kind: "batch", cleaned, isLast: false };
}

parentPort?.on("message", async (message: ToThread) => {
  let answer: FromThread;
  try {
    if (message.kind === "begin") rest = cleaner.clean(message.content, message.settings, never);
    answer = await batchOf(rest as AsyncIterator<Cleaned>);
  } catch (error) {
    answer = { kind: "failed", error };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a message port of Node, not a window
  parentPort?.postMessage(answer);
});
