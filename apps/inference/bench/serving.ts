/**
 * Question: what does the endpoint do beside transformers.js with the same export, on the same machine, in the same run? Ours is asked over
 * HTTP: a gateway, two replicas of one thread each, streams. The peer is called in this process, with as many threads as it takes by
 * itself, and once more with all prompts as one batch: the best it can do where all come at once. Greedy, prompts of
 * 64 tokens, 48 new ones. The contenders take turns; medians of the rounds, after a warm-up.
 *
 *     npm run bench -- serving
 */
import { type Figure, type Typical, typical } from "@millrace/benchmark";
import type { ModelConfig } from "@millrace/transformer";
import { servingHost } from "../src/testing/serving_host.ts";
import { askAtOnce, askEndpoint, type Completion, type Round } from "./asking.ts";
import { type BenchModel, benchModel } from "./bench_model.ts";
import { openPeer, type Peer } from "./transformers_peer.ts";

/** The sizes that recipes take for corpora below 8 MB, as the demo's is, and below 64 MB. */
const CONFIGS = {
  demo: { architecture: "gpt2", vocabularySize: 2048, contextLength: 128, layers: 4, heads: 4, width: 128 },
  "14m": { architecture: "gpt2", vocabularySize: 8192, contextLength: 256, layers: 6, heads: 6, width: 384 },
} as const satisfies Readonly<Record<string, ModelConfig>>;
/** Sequences that a replica decodes at once: the recipe's default. */
const SLOTS = 4;
const PROMPT_TOKENS = 64;
const TOKENS = 48;
const CLIENTS = [1, 8];
const ROUNDS = 5;

interface Contender {
  readonly name: string;
  round(clients: number): Promise<Round>;
}

/** The benchmark of one size. */
export function servingOf(size: keyof typeof CONFIGS): { run(): AsyncIterable<Figure> } {
  return {
    async *run() {
      yield* compare(size, await benchModel(CONFIGS[size]));
    },
  };
}

async function* compare(size: string, model: BenchModel): AsyncIterable<Figure> {
  const weights = ["float32", "int8"] as const;
  const serving = await servingHost(2, (artifacts, version) =>
    model.store(artifacts, version, SLOTS, weights[version - 1] ?? "int8"),
  );
  const exported = await model.writeExport();
  let peer: Peer | undefined;
  try {
    peer = await openPeer(exported.folder);
    const contenders = peersOf(peer, model);
    for (const [index, name] of weights.entries()) {
      await serving.load(index + 1);
      const endpoint = { url: serving.server.url, apiKey: serving.host.apiKey, model: `docs@${index + 1}` };
      const ask = (at: number): Promise<Completion> => askEndpoint(endpoint, promptOf(at, model), TOKENS);
      contenders.push({ name, round: (clients) => askAtOnce(clients, completionsOf(clients), ask) });
    }
    for (const clients of CLIENTS) {
      const found = await measure(contenders, clients);
      const configuration = { size, clients, replicas: 2, slots: SLOTS, promptTokens: PROMPT_TOKENS, tokens: TOKENS };
      yield* figuresOf(`serving/${size}`, found, configuration);
    }
  } finally {
    await peer?.close();
    await exported.remove();
    await serving.close();
  }
}

const ALONE = "transformers.js";
const BATCH = "transformers.js, one batch";

function peersOf(peer: Peer, model: BenchModel): Contender[] {
  const one = (at: number): Promise<Completion> => peer.generate([promptOf(at, model)], TOKENS);
  return [
    { name: ALONE, round: (clients) => askAtOnce(clients, completionsOf(clients), one) },
    {
      name: BATCH,
      async round(clients) {
        const prompts = Array.from({ length: clients }, (_, at) => promptOf(at, model));
        const batch = (): Promise<Completion> => peer.generate(prompts, TOKENS);
        const { seconds, completions } = await askAtOnce(1, completionsOf(clients) / clients, batch);
        return { seconds, completions: completions.flatMap((each) => prompts.map(() => each)) };
      },
    },
  ];
}

function completionsOf(clients: number): number {
  return clients === 1 ? 4 : 2 * clients;
}

/** A prompt of its own for each completion. */
function promptOf(index: number, { config }: BenchModel): number[] {
  return Array.from(
    { length: PROMPT_TOKENS },
    (_, at) => 1 + ((index * 7919 + at * 104_729) % (config.vocabularySize - 1)),
  );
}

const MEASURES = {
  completions: { unit: "completions/s", of: ({ seconds, completions }: Round) => completions.length / seconds },
  "first token": { unit: "ms", of: ({ completions }: Round) => median(completions.map((one) => one.firstTokenMs)) },
  "per token": { unit: "ms", of: ({ completions }: Round) => median(completions.map((one) => one.perTokenMs)) },
} as const;

type Measured = Readonly<Record<keyof typeof MEASURES, Typical>>;

async function measure(contenders: readonly Contender[], clients: number): Promise<ReadonlyMap<string, Measured>> {
  const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await contender.round(clients);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, round: ask } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      rounds.get(name)?.push(await ask(clients));
    }
  }
  return new Map(
    [...rounds].map(([name, own]) => {
      const of = (key: keyof typeof MEASURES): Typical => typical(own.map(MEASURES[key].of));
      return [name, { completions: of("completions"), "first token": of("first token"), "per token": of("per token") }];
    }),
  );
}

function* figuresOf(
  prefix: string,
  found: ReadonlyMap<string, Measured>,
  configuration: Figure["configuration"],
): Iterable<Figure> {
  const beside = found.get(ALONE);
  for (const [name, measured] of found) {
    for (const [key, { unit }] of Object.entries(MEASURES)) {
      const own = measured[key as keyof Measured];
      const theirs = name === ALONE ? undefined : beside?.[key as keyof Measured];
      yield {
        name: `${prefix}/${name}/${key}`,
        configuration,
        ...own,
        unit,
        peer: theirs === undefined ? null : ALONE,
        ratio: theirs === undefined ? null : own.value / theirs.value,
      };
    }
  }
}

function median(values: readonly number[]): number {
  return typical(values).value;
}
