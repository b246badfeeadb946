import { openExecutor } from "@millrace/execution/open";
import { loadTokenizer, trainBpe } from "@millrace/tokenizer";
import { initialParameters, logitsGraph, type ModelConfig, parameterLayout, servingGraph } from "@millrace/transformer";
import { afterAll, describe, expect, test } from "vitest";
import { decoderGraphs } from "./decoder_state.ts";
import { createGenerator, type Generator, type GeneratorOptions } from "./generator.ts";
import { ContextLengthExceededError, type GeneratedToken, type GenerationRequest } from "./request.ts";

const TEXT = "the mill race leads the stream to the mill wheel, and the wheel turns the stone. ";
const { json } = await trainBpe([TEXT.repeat(4)], { vocabularySize: 280 });
const tokenizer = loadTokenizer(json);
const config: ModelConfig = {
  architecture: "gpt2",
  // Five more than the tokenizer has: a padded vocabulary must not be drawn from.
  vocabularySize: 285,
  contextLength: 48,
  layers: 2,
  heads: 2,
  width: 32,
};
// Scaled up, so that an untrained model has opinions and greedy choices are not ties.
const parameters = initialParameters(config, 5).map((value) => 8 * value);
const executor = await openExecutor(console.warn);
const options = { executor, config, parameters, tokenizer, endOfText: 0 };
const NO_END = new Map([[0, -100]]);
const generators: Generator[] = [];

async function open(slots: number, changes: Partial<GeneratorOptions> = {}): Promise<Generator> {
  const generator = await createGenerator({ ...options, ...changes, slots });
  generators.push(generator);
  return generator;
}

async function collect(generator: Generator, request: GenerationRequest): Promise<GeneratedToken[]> {
  return Array.fromAsync(generator.generate(request));
}

const textOf = (events: readonly GeneratedToken[]): string => events.map(({ text }) => text).join("");

afterAll(async () => {
  for (const generator of generators) await generator.close();
  await executor.close();
});

const shared = await open(3);

test("generate() gives the same tokens and log-probabilities whatever the other slots do", async () => {
  const requests = Array.from({ length: 9 }, (_, seed): GenerationRequest => ({
    prompt: TEXT.slice(0, 7 * seed),
    maxTokens: 4 + 3 * (seed % 4),
    seed,
    topP: 0.9,
    topLogprobs: 2,
  }));
  const alone: GeneratedToken[][] = [];
  for (const request of requests) alone.push(await collect(shared, request));
  const together = await Promise.all(requests.map((request) => collect(shared, request)));
  expect(together).toEqual(alone);
  expect(new Set(alone.map(textOf)).size).toBeGreaterThan(5);
});

test("generate() gives what reading the whole sequence at once gives, over several chunks of prompt", async () => {
  const prompt = [...tokenizer.encode(TEXT.repeat(2))].slice(0, 40);
  const events = await collect(shared, { prompt, maxTokens: 6, seed: 1, temperature: 0, logitBias: NO_END });
  const { contextLength, vocabularySize, layers, heads, width } = config;
  const { model } = servingGraph(config, { slots: 1, newTokens: contextLength });
  const session = await executor.createSession(model, { threads: 1 });
  const cache = { data: new Float32Array(contextLength * width), shape: [1, heads, contextLength, width / heads] };
  const weights = parameterLayout(config).map(({ name, shape, offset, size }) => [
    name,
    { data: parameters.subarray(offset, offset + size), shape },
  ]);
  const caches = Array.from({ length: layers }, (_, layer) => [
    [`cache.${layer}.key`, cache],
    [`cache.${layer}.value`, cache],
  ]).flat();
  const sequence = [...prompt];
  for (const event of events) {
    const tokens = new Int32Array(contextLength);
    tokens.set(sequence);
    const logits = new Float32Array(vocabularySize);
    await session.run(
      {
        ...Object.fromEntries([...weights, ...caches]),
        tokens: { data: tokens, shape: [1, contextLength] },
        lengths: { data: Int32Array.of(0), shape: [1] },
        counts: { data: Int32Array.of(sequence.length), shape: [1] },
      },
      { logits: { data: logits, shape: [1, vocabularySize] } },
    );
    const known = logits.subarray(0, tokenizer.vocabularySize);
    const sum = known.reduce((total, logit) => total + Math.exp(logit), 0);
    const best = known.subarray(1).reduce((place, logit, i) => (logit > (known[place] ?? 0) ? i + 1 : place), 1);
    expect(event.token).toBe(best);
    // Float32 in another order of summation.
    expect(event.logprob).toBeCloseTo((known[best] ?? 0) - Math.log(sum), 3);
    sequence.push(event.token);
  }
  await session.release();
  expect(events).toHaveLength(6);
});

/** Everything but the float32 parameters. */
const { parameters: _, ...withoutParameters } = options;

async function inEightBits(slots: number): Promise<Generator> {
  const graphs = decoderGraphs(config, slots, parameters);
  const generator = await createGenerator({ ...withoutParameters, slots, graphs });
  generators.push(generator);
  return generator;
}

describe("weights in 8 bits", () => {
  test("generate() gives the same tokens and log-probabilities whatever the other slots do", async () => {
    const generator = await inEightBits(3);
    const requests = Array.from({ length: 6 }, (_, seed): GenerationRequest => ({
      prompt: TEXT.slice(0, 9 * seed),
      maxTokens: 6,
      seed,
      topLogprobs: 2,
    }));
    const alone: GeneratedToken[][] = [];
    for (const request of requests) alone.push(await collect(generator, request));
    expect(await Promise.all(requests.map((request) => collect(generator, request)))).toEqual(alone);
  });

  test("generate() scores as the graph of whole sequences does", async () => {
    const prompt = [...tokenizer.encode(TEXT.repeat(2))].slice(0, 40);
    const generator = await inEightBits(2);
    const [event] = await collect(generator, { prompt, maxTokens: 1, seed: 1, temperature: 0, logitBias: NO_END });
    const { contextLength, vocabularySize } = config;
    const session = await executor.createSession(logitsGraph(config, { batch: 1, quantise: parameters }).model, {
      threads: 1,
    });
    const tokens = new Int32Array(contextLength);
    tokens.set(prompt);
    const logits = new Float32Array(contextLength * vocabularySize);
    await session.run(
      { tokens: { data: tokens, shape: [1, contextLength] } },
      { logits: { data: logits, shape: [contextLength, vocabularySize] } },
    );
    await session.release();
    const row = logits.subarray(39 * vocabularySize, 39 * vocabularySize + tokenizer.vocabularySize);
    const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
    expect(event?.logprob).toBeCloseTo((row[event?.token ?? 0] ?? 0) - Math.log(sum), 3);
  });

  test("createGenerator() refuses to start without parameters anywhere", async () => {
    const nothing = createGenerator({ ...withoutParameters, slots: 1 });
    await expect(nothing).rejects.toThrow("found neither parameters nor graphs that hold them");
  });
});

test("generate() joins to the decoded tokens and never draws beyond the tokenizer's vocabulary", async () => {
  const events = await collect(shared, { prompt: "the", maxTokens: 40, seed: 3, temperature: 3, logitBias: NO_END });
  expect(textOf(events)).toBe(tokenizer.decode(events.map(({ token }) => token)));
  expect(events.at(-1)?.finish).toBe("length");
  expect(events.slice(0, -1).every(({ finish }) => finish === undefined)).toBe(true);
});

const tokens = (count: number): number[] => Array.from({ length: count }, (_, i) => 100 + (i % 50));

describe("limits of the context", () => {
  test.each([
    [49, 1, "Shorten the prompt."],
    [48, 1, "Shorten the prompt."],
    [46, 3, "Ask for 2 tokens at most, or shorten the prompt."],
  ])(
    "generate() throws at once where a prompt of %d of 48 tokens leaves no room for %d",
    (length, maxTokens, remedy) => {
      let caught: unknown;
      try {
        shared.generate({ prompt: tokens(length), maxTokens, seed: 1 });
      } catch (error) {
        caught = error;
      }
      expect(caught).toBeInstanceOf(ContextLengthExceededError);
      const facts = { code: "context_length_exceeded", promptTokens: length, maxTokens, contextLength: 48 };
      expect(caught).toMatchObject(facts);
      expect((caught as Error).message).toContain(remedy);
    },
  );

  test("generate() fills the context to its end", async () => {
    const events = await collect(shared, { prompt: tokens(46), maxTokens: 2, seed: 1, logitBias: NO_END });
    expect(events).toHaveLength(2);
    expect(events.at(-1)?.finish).toBe("length");
    expect(await collect(shared, { prompt: tokens(48), maxTokens: 0, seed: 1 })).toEqual([]);
  });
});

describe("a prompt that is scored", () => {
  const prompt = [...tokenizer.encode("the mill wheel é")];
  const request: GenerationRequest = { prompt, maxTokens: 3, seed: 2, logitBias: NO_END, topLogprobs: 2 };

  test("generate() gives each of its tokens with the log-probability it has when it is generated there", async () => {
    const events = await collect(shared, { ...request, scorePrompt: true });
    expect(events.map(({ token }) => token).slice(0, prompt.length)).toEqual(prompt);
    expect(textOf(events.filter(({ ofPrompt }) => ofPrompt))).toBe("the mill wheel é");
    expect(events[0]).toEqual({ token: prompt[0], text: "t", logprob: null, topLogprobs: [], ofPrompt: true });
    for (const [place, token] of prompt.entries()) {
      if (place === 0) continue;
      const forced = { prompt: prompt.slice(0, place), maxTokens: 1, seed: 1, logitBias: new Map([[token, 100]]) };
      const [generated] = await collect(shared, { ...forced, topLogprobs: 2 });
      expect(generated?.token).toBe(token);
      // Read a token at a time rather than in chunks: float32 in another order of summation.
      expect(events[place]?.logprob).toBeCloseTo(generated?.logprob ?? 0, 3);
      expect(events[place]?.topLogprobs.map((top) => top.token)).toEqual(
        generated?.topLogprobs.map((top) => top.token),
      );
    }
    const plain = await collect(shared, request);
    expect(events.slice(prompt.length).map(({ token }) => token)).toEqual(plain.map(({ token }) => token));
    expect(events.slice(prompt.length).every(({ ofPrompt }) => ofPrompt === undefined)).toBe(true);
  });

  test("generate() gives the same scores whatever the other slots do, and no stop sequence ends a prompt", async () => {
    const scored: GenerationRequest = { ...request, maxTokens: 0, scorePrompt: true, stop: ["mill"] };
    const alone = await collect(shared, scored);
    expect(alone).toHaveLength(prompt.length);
    expect(alone.at(-1)?.finish).toBe("length");
    const [beside] = await Promise.all([collect(shared, scored), collect(shared, { ...request, maxTokens: 20 })]);
    expect(beside).toEqual(alone);
  });

  test("generate() ends at once where there is nothing to score or to generate", async () => {
    const one = { ...request, prompt: prompt.slice(0, 1), maxTokens: 0 };
    expect(await collect(shared, { ...one, scorePrompt: true })).toEqual([
      { token: prompt[0], text: "t", logprob: null, topLogprobs: [], ofPrompt: true, finish: "length" },
    ]);
    expect(await collect(shared, one)).toEqual([]);
    expect(shared.load()).toEqual({ active: 0, waiting: 0 });
  });
});

describe("ends", () => {
  const request: GenerationRequest = { prompt: "the mill", maxTokens: 30, seed: 4, logitBias: NO_END };

  test("generate() stops before a stop sequence that spans tokens", async () => {
    const whole = await collect(shared, request);
    const text = textOf(whole);
    const boundary = textOf(whole.slice(0, 12)).length;
    const stop = text.slice(boundary - 1, boundary + 2);
    const events = await collect(shared, { ...request, stop: ["never said", stop] });
    expect(textOf(events)).toBe(text.slice(0, text.indexOf(stop)));
    expect(events.at(-1)?.finish).toBe("stop");
    expect(events.length).toBeLessThan(whole.length);
  });

  test("generate() stops at the end of the document without text for it", async () => {
    const events = await collect(shared, { ...request, logitBias: new Map([[0, 100]]) });
    expect(events).toMatchObject([{ token: 0, text: "", finish: "stop" }]);
  });

  test("generate() begins a document when the prompt is empty", async () => {
    const { length } = await collect(shared, { ...request, prompt: "" });
    expect(await collect(shared, { ...request, prompt: [] })).toEqual(
      await collect(shared, { ...request, prompt: [0] }),
    );
    expect(length).toBe(30);
  });
});

describe("leaving early", () => {
  const endless: GenerationRequest = { prompt: "the", maxTokens: 40, seed: 1, logitBias: NO_END };

  test("generate() throws the signal's reason and gives the slot back when aborted", async () => {
    const generator = await open(1);
    const controller = new AbortController();
    const events = generator.generate(endless, controller.signal);
    await events.next();
    const waiting = generator.generate({ ...endless, maxTokens: 2 });
    const first = waiting.next();
    expect(generator.load()).toEqual({ active: 1, waiting: 1 });
    controller.abort(new Error("closed the tab"));
    await expect(events.next()).rejects.toThrow("closed the tab");
    expect((await first).value).toMatchObject({ logprob: expect.any(Number) as number });
    await Array.fromAsync(waiting);
    expect(generator.load()).toEqual({ active: 0, waiting: 0 });
  });

  test("generate() gives the slot back when the reader leaves the loop", async () => {
    const generator = await open(1);
    for await (const { token } of generator.generate(endless)) {
      expect(token).toBeGreaterThan(0);
      break;
    }
    expect(await collect(generator, { ...endless, maxTokens: 2 })).toHaveLength(2);
  });

  test("close() ends what is under way and what waits, and refuses what comes after", async () => {
    const generator = await open(1);
    const [first, second] = [generator.generate(endless), generator.generate(endless)];
    await first.next();
    const pending = second.next();
    const refused = expect(pending).rejects.toThrow("The generator was closed");
    await generator.close();
    await refused;
    await expect(Array.fromAsync(first)).rejects.toThrow("The generator was closed");
    await expect(collect(generator, endless)).rejects.toThrow("the generator is closed");
  });

  test("generate() fails, every time and not for ever, when the model has diverged", async () => {
    const generator = await open(2, { parameters: parameters.map(() => Number.NaN) });
    const results = await Promise.allSettled([1, 2, 3].map((seed) => collect(generator, { ...endless, seed })));
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await expect(collect(generator, endless)).rejects.toThrow("largest score is NaN");
  });
});

test("generate() refuses requests out of range at once", () => {
  const wrong: [Partial<GenerationRequest>, string][] = [
    [{ maxTokens: -1 }, "maxTokens: expected an integer of 0 or more, found -1"],
    [{ seed: 0.5 }, "seed"],
    [{ topLogprobs: 21 }, "topLogprobs"],
    [{ stop: [""] }, "stop"],
    [{ prompt: [280] }, "prompt: expected token ids from 0 to 279, found 280"],
    [{ topP: 2 }, "topP"],
  ];
  for (const [change, message] of wrong) {
    expect(() => shared.generate({ prompt: "a", maxTokens: 1, seed: 1, ...change })).toThrow(message);
  }
});

test("createGenerator() refuses parameters and tokenizers that do not fit the model", async () => {
  await expect(open(1, { parameters: new Float32Array(16) })).rejects.toThrow("found 16 parameters");
  await expect(open(1, { config: { ...config, vocabularySize: 279 } })).rejects.toThrow("the tokenizer has 280 tokens");
});
