/** Reading the log beside its consumers: to its end, live, and the dead letters. */
import { typeOfSubject } from "@millrace/contracts";
import type { DeadLetterOptions, LoggedEvent, StoredDeadLetter } from "../bus.ts";
import { passes } from "../filter.ts";
import { DEAD_STREAM, readDeadLetter } from "../parking.ts";
import type { SqliteLog } from "./sqlite_log.ts";
import type { Wake } from "./sqlite_wake.ts";

/** Events held at a time. */
const PAGE = 256;

/** Events of a stream from sequence `from` up to the present end. */
export function* readToEnd(log: SqliteLog, stream: string, from: number): Generator<LoggedEvent> {
  const end = log.end();
  let after = from - 1;
  for (;;) {
    const page = log.read(stream, after, PAGE);
    for (const event of page) {
      if (event.sequence > end) return;
      yield event;
    }
    if (page.length < PAGE) return;
    after = page.at(-1)?.sequence ?? after;
  }
}

/** Events of all streams after a sequence, as they come, until `signal` is aborted. */
export async function* follow(
  log: SqliteLog,
  wake: Wake,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<LoggedEvent> {
  signal.addEventListener("abort", wake.all, { once: true });
  try {
    while (!signal.aborted) {
      const page = log.read(undefined, after, PAGE);
      after = page.at(-1)?.sequence ?? after;
      for (const event of page) {
        yield event;
        if (signal.aborted) return;
      }
      if (page.length === 0) await wake.next();
    }
  } finally {
    signal.removeEventListener("abort", wake.all);
  }
}

/** The dead letters that options ask for. */
export function readDeadLetters(log: SqliteLog, options: DeadLetterOptions): StoredDeadLetter[] {
  const { project, consumer, type, after = 0, limit = 100 } = options;
  const letters: StoredDeadLetter[] = [];
  for (const { sequence, subject, payload } of readToEnd(log, DEAD_STREAM, after + 1)) {
    if (letters.length >= limit) break;
    if (!passes(subject, undefined, project)) continue;
    const letter = readDeadLetter(sequence, payload);
    if (consumer !== undefined && letter.consumer !== consumer) continue;
    if (type === undefined || typeOfSubject(letter.subject) === type) letters.push(letter);
  }
  return letters;
}
