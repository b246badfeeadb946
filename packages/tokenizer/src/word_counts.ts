import { pretokenEnd } from "./pretoken.ts";

/** Longer pretokens (base64, rules of dashes) are left out of training: their inner pairs are no words. */
const MAX_WORD_UNITS = 1024;
const UNITS_BETWEEN_PAUSES = 1 << 18;

/** Counts of distinct pretokens, the whole of what a trainer keeps of a corpus. */
export interface WordCounts {
  readonly counts: ReadonlyMap<string, number>;
  /** Occurrences forgotten because the map reached its cap. */
  readonly droppedWords: number;
  /** Occurrences longer than 1024 UTF-16 units, never counted. */
  readonly longWords: number;
  /** Counts the pretokens of one text. */
  add(text: string): void;
}

/**
 * Makes an empty count of pretokens with bounded memory.
 * @param maxWords Most distinct pretokens held. When a text leads above it, the rarest are forgotten (count 1, then 2,
 *   and so on) until at most half remain; from then on the result depends on the order of the texts.
 * @param next End of the pretoken that begins at an index; the GPT-2 split unless told.
 */
export function createWordCounts(maxWords: number, next: typeof pretokenEnd = pretokenEnd): WordCounts {
  const counts = new Map<string, number>();
  let droppedWords = 0;
  let longWords = 0;

  function forgetRarest(): void {
    for (let limit = 1; counts.size > maxWords / 2; limit++) {
      for (const [word, count] of counts) {
        if (count > limit) continue;
        counts.delete(word);
        droppedWords += count;
      }
    }
  }

  return {
    counts,
    get droppedWords() {
      return droppedWords;
    },
    get longWords() {
      return longWords;
    },
    add(text) {
      for (let start = 0; start < text.length;) {
        const end = next(text, start);
        if (end - start > MAX_WORD_UNITS) {
          longWords++;
        } else {
          const word = text.slice(start, end);
          counts.set(word, (counts.get(word) ?? 0) + 1);
          if (counts.size > maxWords) forgetRarest();
        }
        start = end;
      }
    },
  };
}

/** Lets timers and sockets of this thread have their turn. */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Gives all texts to a counter, pausing now and then. */
export async function countWords(
  texts: Iterable<string> | AsyncIterable<string>,
  add: (text: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let units = 0;
  for await (const text of texts) {
    add(text);
    units += text.length;
    if (units < UNITS_BETWEEN_PAUSES) continue;
    units = 0;
    await pause(signal);
  }
}
