/**
 * Question: how fast are the steps which look at every document, against the least that any of them could do? Text: Markdown of
 * the installed packages, cut to 4 million characters. The limit of each step is measured in the same round: one bare pass over
 * the string's units for signals and scrubbing, and SHA-256 of the text for what deduplication hashes. Medians of five rounds in
 * one process, the steps taking turns.
 *
 *     node packages/corpus/bench/corpus.ts
 */
import { createHash } from "node:crypto";
import { type Figure, rate } from "@millrace/benchmark";
import { cluster, type DedupRecord } from "../src/deduplication/cluster.ts";
import { minimaOf, signature } from "../src/deduplication/signature.ts";
import { mix32 } from "../src/deduplication/string_hash.ts";
import { scrub } from "../src/pii/scrub.ts";
import { measure } from "../src/signals/signals.ts";
import { markdownTexts } from "./markdown_texts.ts";

const MOST_CHARACTERS = 4_000_000;
const ROUNDS = 5;
const CLUSTERED = 20_000;

/** Measures the steps one after the other; each figure's ratio is its speed over that of its limit. */
export async function* run(): AsyncIterable<Figure> {
  const texts = textsWithin(MOST_CHARACTERS);
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const limits = {
    "bare pass over the string": (text: string) => unitSum(text),
    "SHA-256 (OpenSSL)": (text: string) => createHash("sha256").update(text).digest().length,
  };
  const steps = [
    { name: "corpus/signals", work: (text: string) => measure(text).signals.words, limit: "bare pass over the string" },
    { name: "corpus/scrub", work: (text: string) => scrub(text).pii.length, limit: "bare pass over the string" },
    { name: "corpus/minhash", work: (text: string) => signature(text).length, limit: "SHA-256 (OpenSSL)" },
  ] as const;

  for (const { name, work, limit } of steps) {
    const seconds: number[] = [];
    const limitSeconds: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      seconds.push(secondsFor(texts, work));
      limitSeconds.push(secondsFor(texts, limits[limit]));
    }
    const own = rate(bytes / 1e6, seconds);
    const ratio = own.value / rate(bytes / 1e6, limitSeconds).value;
    yield { name, configuration: { documents: texts.length, bytes }, ...own, unit: "MB/s", peer: limit, ratio };
    yield {
      name: `${name} documents`,
      configuration: { meanBytes: Math.round(bytes / texts.length) },
      ...rate(texts.length, seconds),
      unit: "documents/s",
      peer: limit,
      ratio,
    };
  }
  yield clusterFigure();
}

/** Clusters records made for it, a tenth of them near copies, against sorting the same records by key. */
function clusterFigure(): Figure {
  const records = Array.from({ length: CLUSTERED }, (_, index) => recordOf(index));
  const seconds: number[] = [];
  const limitSeconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    seconds.push(secondsFor([records], (all) => cluster(all).length));
    limitSeconds.push(secondsFor([records], (all) => all.toSorted((a, b) => (a.exact < b.exact ? -1 : 1)).length));
  }
  const own = rate(CLUSTERED, seconds);
  return {
    name: "corpus/cluster",
    configuration: { documents: CLUSTERED, nearCopies: CLUSTERED / 10 },
    ...own,
    unit: "documents/s",
    peer: "sorting the records by key",
    ratio: own.value / rate(CLUSTERED, limitSeconds).value,
  };
}

function recordOf(index: number): DedupRecord {
  const copied = index % 10 === 9 ? index - 1 : index;
  const shingles = Array.from({ length: 100 }, (_, element) => mix32(copied * 1000 + element));
  if (copied !== index) shingles[0] = mix32(index * 1000 + 999);
  const id = mix32(index).toString(16).padStart(8, "0") + index;
  return { id, admitted: 0, exact: id, signature: minimaOf(shingles) };
}

function textsWithin(most: number): string[] {
  let left = most;
  return markdownTexts().filter((text) => (left -= text.length) > 0);
}

/** Sum of what `work` gives, kept so that no call can be left out. */
let consumed = 0;

function secondsFor<T>(inputs: readonly T[], work: (input: T) => number): number {
  const start = performance.now();
  for (const input of inputs) consumed += work(input);
  return (performance.now() - start) / 1000;
}

function unitSum(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) sum += text.charCodeAt(index);
  return sum;
}

if (import.meta.main) {
  for await (const figure of run()) console.log(JSON.stringify(figure));
  console.log(`consumed ${consumed}`);
}
