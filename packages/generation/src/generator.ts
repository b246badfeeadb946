/**
 * Continuous batching: requests wait for one of a fixed number of slots; every round reads a chunk of each prompt that
 * is not read yet, then takes one step in all slots that are; a slot that is done goes to the next request at once.
 */
import type { Executor } from "@millrace/execution";
import type { Tokenizer } from "@millrace/tokenizer";
import type { ModelConfig } from "@millrace/transformer";
import { type DecoderGraphs, decoderGraphs, openDecoder } from "./decoder_state.ts";
import { checkRequest, ContextLengthExceededError, type GeneratedToken, type GenerationRequest } from "./request.ts";
import { createSequence, type Sequence } from "./sequence.ts";

/** What a generator is made of. */
export interface GeneratorOptions {
  readonly executor: Executor;
  readonly config: ModelConfig;
  /** Flat vector of the model's parameters; read in place, so it must not change. Absent if the graphs hold them. */
  readonly parameters?: Float32Array;
  readonly tokenizer: Tokenizer;
  /** Token that ends a document. */
  readonly endOfText: number;
  /** Token that an empty prompt stands for. Default: the one that ends a document. */
  readonly beginOfText?: number;
  /** Sequences generated side by side; each holds a cache of 8 L T D bytes. */
  readonly slots: number;
  /** Threads of the runtime, default 1. */
  readonly threads?: number;
  /** Graphs made for this configuration and number of slots. Default: written anew, for float32 parameters. */
  readonly graphs?: DecoderGraphs;
}

/** Generates text from one model. */
export interface Generator {
  readonly contextLength: number;
  readonly slots: number;
  /** Requests in a slot, and requests that wait for one. */
  load(): { readonly active: number; readonly waiting: number };
  /**
   * Generates tokens. The request waits for a slot from the first call of next(); leaving the loop gives the slot back.
   * @param signal Ends the generation: next() then throws its reason.
   * @throws {RangeError} At once, if the request is out of range.
   * @throws {ContextLengthExceededError} At once, if prompt and answer do not fit the context together.
   */
  generate(request: GenerationRequest, signal?: AbortSignal): AsyncGenerator<GeneratedToken, void, undefined>;
  /** Ends what is under way with an error and releases the model. */
  close(): Promise<void>;
}

/**
 * Loads a model for generating.
 * @throws {RangeError} If the options do not fit each other.
 */
export async function createGenerator(options: GeneratorOptions): Promise<Generator> {
  const { executor, config, parameters, tokenizer, endOfText, beginOfText = endOfText, slots, threads = 1 } = options;
  if (options.graphs === undefined && parameters === undefined) {
    throw new RangeError("Cannot generate: found neither parameters nor graphs that hold them");
  }
  const graphs = options.graphs ?? decoderGraphs(config, slots);
  const { contextLength, vocabularySize } = config;
  if (tokenizer.vocabularySize > vocabularySize) {
    throw new RangeError(
      `Cannot generate: the tokenizer has ${tokenizer.vocabularySize} tokens, the model ${vocabularySize}`,
    );
  }
  const decoder = await openDecoder(executor, config, parameters, { slots, threads, graphs });
  const context = { tokenizer, endOfText };
  const bySlot: (Sequence | undefined)[] = Array.from({ length: slots });
  const waiting: Sequence[] = [];
  let isPumping = false;
  let pumped = Promise.resolve();
  let closed = false;

  /** Scores of the tokens the tokenizer knows: a vocabulary may be padded. */
  const known = (logits: Float32Array, row: number): Float32Array =>
    logits.subarray(row * vocabularySize, row * vocabularySize + tokenizer.vocabularySize);

  /** Frees slots that are done and fills free ones; returns the sequences in slots. */
  function assign(): { readonly slot: number; readonly sequence: Sequence }[] {
    for (const [slot, sequence] of bySlot.entries()) {
      if (sequence === undefined || sequence.done) bySlot[slot] = waiting.shift();
    }
    return bySlot.flatMap((sequence, slot) => (sequence === undefined ? [] : [{ slot, sequence }]));
  }

  async function readChunk(slot: number, sequence: Sequence): Promise<void> {
    const tokens = sequence.prompt.slice(sequence.length, sequence.length + decoder.chunkTokens);
    const logits = await decoder.read(slot, sequence.length, tokens);
    sequence.length += tokens.length;
    if (sequence.length === sequence.prompt.length && !sequence.done) sequence.advance(known(logits, 0));
  }

  async function step(active: readonly { slot: number; sequence: Sequence }[]): Promise<void> {
    const entries = active.flatMap(({ slot, sequence }) => {
      const token = sequence.lastToken;
      return sequence.done || token === undefined ? [] : [{ slot, sequence, length: sequence.length, token }];
    });
    if (entries.length === 0) return;
    const logits = await decoder.step(entries);
    for (const { slot, sequence } of entries) {
      sequence.length++;
      if (!sequence.done) sequence.advance(known(logits, slot));
    }
  }

  async function pump(): Promise<void> {
    try {
      for (let active = assign(); active.length > 0; active = assign()) {
        for (const { slot, sequence } of active) {
          if (sequence.length < sequence.prompt.length) await readChunk(slot, sequence);
        }
        await step(active);
      }
    } catch (error) {
      // The runtime failed: no cache can be trusted any more.
      for (const sequence of [...bySlot, ...waiting]) if (sequence?.done === false) sequence.fail(error);
      bySlot.fill(undefined);
      waiting.length = 0;
    } finally {
      isPumping = false;
    }
  }

  function submit(sequence: Sequence): void {
    if (closed) throw new Error("Cannot generate: the generator is closed");
    waiting.push(sequence);
    if (isPumping) return;
    isPumping = true;
    pumped = pump();
  }

  /** Takes a sequence out, wherever it is. */
  function cancel(sequence: Sequence, reason: unknown): void {
    if (!sequence.done) sequence.fail(reason);
    const place = waiting.indexOf(sequence);
    if (place >= 0) waiting.splice(place, 1);
  }

  async function* events(
    sequence: Sequence,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<GeneratedToken, void, undefined> {
    signal?.throwIfAborted();
    const abort = (): void => cancel(sequence, signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      if (!sequence.done) submit(sequence);
      for (let event = await sequence.next(); event !== undefined; event = await sequence.next()) {
        yield event;
        signal?.throwIfAborted();
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      cancel(sequence, new Error("The reader has gone"));
    }
  }

  return {
    contextLength,
    slots,
    load: () => ({ active: bySlot.filter((sequence) => sequence?.done === false).length, waiting: waiting.length }),
    generate(request, signal) {
      checkRequest(request, tokenizer.vocabularySize);
      const given = typeof request.prompt === "string" ? [...tokenizer.encode(request.prompt)] : request.prompt;
      const prompt = given.length === 0 ? [beginOfText] : given;
      if (prompt.length + request.maxTokens > contextLength) {
        throw new ContextLengthExceededError(prompt.length, request.maxTokens, contextLength);
      }
      return events(createSequence(request, prompt, context), signal);
    },
    async close() {
      if (closed) return;
      closed = true;
      for (const sequence of [...bySlot, ...waiting.splice(0)]) {
        if (sequence?.done === false) sequence.fail(new Error("The generator was closed"));
      }
      await pumped;
      await decoder.close();
    },
  };
}
