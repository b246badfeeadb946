/**
 * Question: how long does it take to find the verbatim spans of an answer, without any index? Tokens are drawn as words are in text, by
 * Zipf's law; the answer has 256 of them, half copied from the corpus in stretches of 16. Sizes: that of the demo's corpus (1 MB of text),
 * and a hundred times that. What stands beside each is the limit of one second.
 *
 *     node apps/feature/bench/verbatim.ts
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore } from "@millrace/artifacts/file";
import { type Figure, typical } from "@millrace/benchmark";
import type { TokenManifest } from "@millrace/contracts";
import { findSpans } from "../src/verbatim/find_spans.ts";

const VOCABULARY = 4096;
const ANSWER_TOKENS = 256;
const STRETCH = 16;
const SHARD_TOKENS = 1_000_000;
const ROUNDS = 5;
const LIMIT_MS = 1000;

/** Measures each size, warmed up by one round. */
export async function* run(): AsyncIterable<Figure> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-verbatim-"));
  try {
    const artifacts = fileStore(folder).forProject("default");
    const signal = new AbortController().signal;
    const draw = zipf(VOCABULARY);
    for (const tokens of [360_000, 36_000_000]) {
      const train: TokenManifest["train"] = [];
      let first: Uint16Array | undefined;
      for (let made = 0; made < tokens; made += SHARD_TOKENS) {
        const ids = Uint16Array.from({ length: Math.min(SHARD_TOKENS, tokens - made) }, draw);
        first ??= ids;
        const stored = await artifacts.put(new Uint8Array(ids.buffer), "application/octet-stream");
        train.push({ tokens: stored, count: ids.length, index: stored });
      }
      const answer = Int32Array.from({ length: ANSWER_TOKENS }, (_, at) =>
        at % (2 * STRETCH) < STRETCH ? (first?.[1000 * Math.floor(at / STRETCH) + (at % STRETCH)] ?? 0) : draw(),
      );
      const manifest = { train, dtype: "uint16", endOfText: 0 } as const;
      const samples: number[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const start = performance.now();
        const spans = await findSpans(artifacts, manifest, answer, signal);
        if (round > 0) samples.push(performance.now() - start);
        if (spans.length < ANSWER_TOKENS / STRETCH / 2)
          throw new Error(`found ${spans.length} spans, wanted all copied`);
      }
      const figure = typical(samples);
      const configuration = { tokens, shards: train.length, answerTokens: ANSWER_TOKENS };
      const beside = { peer: "the limit of 1 s", ratio: figure.value / LIMIT_MS };
      yield { name: `verbatim/${tokens}`, configuration, ...figure, unit: "ms", ...beside };
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Draws ids from 1 to `size` with a chance of 1/id, the same each time. */
function zipf(size: number): () => number {
  const sums: number[] = [];
  for (let id = 1; id <= size; id += 1) sums.push((sums.at(-1) ?? 0) + 1 / id);
  const whole = sums.at(-1) ?? 1;
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const wanted = (state / 2 ** 32) * whole;
    let [low, high] = [0, size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low + 1;
  };
}

if (import.meta.main) for await (const figure of run()) console.log(JSON.stringify(figure));
