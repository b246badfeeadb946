/** One request on its way through a slot: what it has read, what it has said, and the events nobody has taken yet. */
import type { StreamDecoder, Tokenizer } from "@millrace/tokenizer";
import { logprobsOf } from "./logprobs.ts";
import { uniform } from "./random.ts";
import type { GeneratedToken, GenerationRequest } from "./request.ts";
import { sampleToken } from "./sampling.ts";
import { createStopFilter, type StopFilter } from "./stop_filter.ts";

/** A sequence of tokens being generated. */
export interface Sequence {
  /** What is read before a token is chosen. Of a prompt that is scored only the first token: the others come as if they were chosen. */
  readonly prompt: readonly number[];
  /** Tokens of prompt and answer that are in the cache. */
  length: number;
  /** Token that was chosen and is not in the cache yet. */
  lastToken: number | undefined;
  /** True once the last token was chosen, or the sequence was cancelled or failed. */
  readonly done: boolean;
  /** Chooses the next token by the model's scores of all tokens, shape (V,). */
  advance(logits: Float32Array): void;
  /** Ends it with an error, which next() throws once all events before it are taken. */
  fail(error: unknown): void;
  /** Next event, undefined at the end. Not to be called again before it settles. */
  next(): Promise<GeneratedToken | undefined>;
}

/** What all sequences of a generator share. */
export interface SequenceContext {
  readonly tokenizer: Tokenizer;
  /** Token that ends a document. */
  readonly endOfText: number;
}

/** Makes a sequence that has read nothing yet. */
export function createSequence(
  request: GenerationRequest,
  prompt: readonly number[],
  { tokenizer, endOfText }: SequenceContext,
): Sequence {
  const { maxTokens, seed, topLogprobs = 0, scorePrompt = false } = request;
  const isEnd = (token: number): boolean => token === endOfText || token === request.endOfTurn;
  const [first, ...others] = prompt;
  /** Tokens of the prompt that are still to be scored. */
  const given = scorePrompt ? others : [];
  const decoder: StreamDecoder = tokenizer.streamDecoder();
  const filter: StopFilter = createStopFilter(request.stop ?? []);
  const generated = new Map<number, number>();
  const events: GeneratedToken[] = [];
  let generatedCount = 0;
  let done = given.length === 0 && maxTokens === 0;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  function choose(logits: Float32Array): number {
    const token = sampleToken(logits, request, generated, uniform(seed, generatedCount));
    generatedCount++;
    generated.set(token, (generated.get(token) ?? 0) + 1);
    return token;
  }

  /** Text of a token, and whether the answer ends with it. */
  function speak(token: number, isLast: boolean): Pick<GeneratedToken, "text" | "finish"> {
    const { text, stopped } = filter.push(isEnd(token) ? decoder.flush() : decoder.push(token));
    if (stopped) return { text, finish: "stop" };
    if (isEnd(token)) return { text: text + filter.flush(), finish: "stop" };
    if (!isLast) return { text };
    const rest = filter.push(decoder.flush());
    if (rest.stopped) return { text: text + rest.text, finish: "stop" };
    return { text: text + rest.text + filter.flush(), finish: "length" };
  }

  /** Text of a token of the prompt: no stop sequence ends it. */
  function recite(token: number): Pick<GeneratedToken, "text" | "finish" | "ofPrompt"> {
    const text = decoder.push(token);
    const isLast = given.length === 0 && maxTokens === 0;
    return isLast ? { text: text + decoder.flush(), finish: "length", ofPrompt: true } : { text, ofPrompt: true };
  }

  if (scorePrompt && first !== undefined) {
    events.push({ token: first, logprob: null, topLogprobs: [], ...recite(first) });
  }

  const sequence: Sequence = {
    prompt: scorePrompt ? prompt.slice(0, 1) : prompt,
    length: 0,
    lastToken: undefined,
    get done() {
      return done;
    },
    advance(logits) {
      const known = given.shift();
      const token = known ?? choose(logits);
      const { logprob, top } = logprobsOf(logits, token, topLogprobs);
      const spoken = known === undefined ? speak(token, generatedCount >= maxTokens) : recite(token);
      sequence.lastToken = token;
      done = spoken.finish !== undefined;
      events.push({ token, logprob, topLogprobs: top, ...spoken });
      wake?.();
    },
    fail(error) {
      done = true;
      failure = { error };
      wake?.();
    },
    async next() {
      if (events.length === 0 && !done) await new Promise<void>((resolve) => (wake = resolve));
      const event = events.shift();
      if (event === undefined && failure !== undefined) throw failure.error;
      return event;
    },
  };
  return sequence;
}
