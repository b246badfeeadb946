/** Thread of `ngramThread`: counts a corpus, and draws from what it counted last. */
import { parentPort } from "node:worker_threads";
import { documentsIn, type KneserNey, trainKneserNey } from "@millrace/features";
import { uniform } from "@millrace/generation/random";
import { sampleToken } from "@millrace/generation/sampling";
import type { CountedTokens, Drawing } from "../ngrams.ts";

export interface ToThread {
  /** Undefined: those of the message before. */
  readonly counted:
    | (Omit<CountedTokens, "read" | "sha256"> & {
        readonly tokens: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
      })
    | undefined;
  readonly drawing: Drawing;
}

/** A token, or that there are no more. */
export type FromThread = number | "end";

/** No penalty is asked for. */
const NONE: ReadonlyMap<number, number> = new Map();
let ngrams: KneserNey | undefined;

function* drawn(model: KneserNey, { prompt, maxTokens, temperature, seed, ends }: Drawing): Generator<number> {
  const said = [...prompt];
  for (let count = 0; count < maxTokens; count++) {
    const logits = new Float32Array(model.probabilitiesAfter(said)).map((probability) => Math.log(probability));
    const token = sampleToken(logits, { temperature }, NONE, uniform(seed, count));
    said.push(token);
    yield token;
    if (ends.includes(token)) return;
  }
}

function say(answer: FromThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a message port of Node, not a window
  parentPort?.postMessage(answer);
}

parentPort?.on("message", async ({ counted, drawing }: ToThread) => {
  if (counted !== undefined) {
    const { tokens, endOfText, vocabularySize } = counted;
    ngrams = undefined;
    ngrams = await trainKneserNey(documentsIn(tokens, endOfText), { vocabularySize, bos: endOfText });
  }
  if (ngrams === undefined) throw new Error("drawing from n-grams: nothing was counted before");
  for (const token of drawn(ngrams, drawing)) say(token);
  say("end");
});
