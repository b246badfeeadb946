import type { TokenLogprob } from "./logprobs.ts";
import { checkSamplingSettings, type SamplingSettings } from "./sampling.ts";

/** What to generate. */
export interface GenerationRequest extends SamplingSettings {
  /** Text, in which special tokens are recognised, or token ids. Empty: the model begins a document. */
  readonly prompt: string | readonly number[];
  /** Most tokens to generate, 0 or more. There must be room for all of them in the context, behind the prompt. */
  readonly maxTokens: number;
  /**
   * Gives the tokens of the prompt first, each with its log-probability. Such a prompt takes a step for each token, as an
   * answer does, where others are read many tokens at a time.
   */
  readonly scorePrompt?: boolean;
  /** Equal requests with equal seeds give equal tokens on one runtime; any safe integer. */
  readonly seed: number;
  /** Up to 16 texts, of up to 256 UTF-16 units, none empty, before which generation stops. */
  readonly stop?: readonly string[];
  /** Token that ends the answer as the end of the document does. */
  readonly endOfTurn?: number;
  /** How many of the most likely tokens to list with each token, 0 to 20; default 0. */
  readonly topLogprobs?: number;
}

/** One generated token, or one of a prompt that is scored. */
export interface GeneratedToken {
  readonly token: number;
  /** Text that became certain with this token: whole characters, and no part of a stop sequence. May be empty. */
  readonly text: string;
  /** Natural logarithm of the token's probability under the model itself; null where nothing stands before the token. */
  readonly logprob: number | null;
  readonly topLogprobs: readonly TokenLogprob[];
  /** On the last token: "stop" at a stop sequence or the end of the document, "length" at a limit. */
  readonly finish?: "stop" | "length";
  readonly ofPrompt?: true;
}

/** A prompt does not fit the model, or leaves no room for the answer that is asked for. */
export class ContextLengthExceededError extends Error {
  override readonly name = "ContextLengthExceededError";
  /** The code that OpenAI's API gives it. */
  readonly code = "context_length_exceeded";
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly contextLength: number;

  constructor(promptTokens: number, maxTokens: number, contextLength: number) {
    const room = contextLength - promptTokens;
    const remedy = room > 0 ? `Ask for ${room} tokens at most, or shorten the prompt.` : "Shorten the prompt.";
    super(
      `This model's context length is ${contextLength} tokens, but ${promptTokens + maxTokens} were asked for: ` +
        `${promptTokens} of the prompt and ${maxTokens} to generate. ${remedy}`,
    );
    this.promptTokens = promptTokens;
    this.maxTokens = maxTokens;
    this.contextLength = contextLength;
  }
}

const MAX_STOPS = 16;
const MAX_STOP_UNITS = 256;
const MAX_TOP_LOGPROBS = 20;

/**
 * Checks what comes from outside, the prompt's length excepted.
 * @throws {RangeError} If a field is out of range; the message names it.
 */
export function checkRequest(request: GenerationRequest, vocabularySize: number): void {
  const { maxTokens, seed, stop = [], topLogprobs = 0, prompt } = request;
  checkSamplingSettings(request, vocabularySize);
  if (!Number.isInteger(maxTokens) || maxTokens < 0) {
    throw new RangeError(`maxTokens: expected an integer of 0 or more, found ${maxTokens}`);
  }
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected an integer, found ${seed}`);
  if (!Number.isInteger(topLogprobs) || topLogprobs < 0 || topLogprobs > MAX_TOP_LOGPROBS) {
    throw new RangeError(`topLogprobs: expected an integer from 0 to ${MAX_TOP_LOGPROBS}, found ${topLogprobs}`);
  }
  if (stop.length > MAX_STOPS || stop.some((text) => text === "" || text.length > MAX_STOP_UNITS)) {
    throw new RangeError(`stop: expected at most ${MAX_STOPS} texts of 1 to ${MAX_STOP_UNITS} characters`);
  }
  const wrong = typeof prompt === "string" ? undefined : prompt.find((id) => !isToken(id, vocabularySize));
  if (wrong !== undefined) {
    throw new RangeError(`prompt: expected token ids from 0 to ${vocabularySize - 1}, found ${wrong}`);
  }
}

function isToken(id: number, vocabularySize: number): boolean {
  return Number.isInteger(id) && id >= 0 && id < vocabularySize;
}
