/**
 * Question: how fast are training and encoding, against the pure JavaScript reader of tokenizer.json files?
 * Both encode the same text with the same file in the same process, in turns; medians of five.
 */
import { readFileSync } from "node:fs";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import { type Figure, rate } from "@millrace/benchmark";
import { loadTokenizer, trainBpe } from "../src/mod.ts";

const MEGABYTE = 1e6;
const ROUNDS = 5;

function secondsOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** Words of the sample in a pseudo-random order: natural repetition, but not one text again and again. */
function makeText(sizeUnits: number): string {
  const words = readFileSync(new URL("../src/testdata/sample.txt", import.meta.url), "utf8").split(/(?<=\s)/);
  const parts: string[] = [];
  let state = 1;
  for (let size = 0; size < sizeUnits;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const word = words[state % words.length] ?? "";
    // Every eighth word is new, as in real text, so that the cache of words is not all that is measured.
    const part = state % 8 === 0 ? `${(state >>> 8).toString(36)} ` : word;
    parts.push(part);
    size += part.length;
  }
  return parts.join("");
}

/** Runs the benchmark; gives one figure at a time. */
export async function* run(): AsyncIterable<Figure> {
  const text = makeText(2_000_000);
  const megabytes = new TextEncoder().encode(text).length / MEGABYTE;
  const vocabularySize = 2048;
  const configuration = { megabytes: Number(megabytes.toFixed(2)), vocabularySize };

  const training: number[] = [];
  let json = "";
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    ({ json } = await trainBpe([text], { vocabularySize }));
    training.push((performance.now() - start) / 1000);
  }
  yield {
    name: "tokenizer/train",
    configuration,
    ...rate(megabytes, training),
    unit: "MB/s",
    peer: null,
    ratio: null,
  };

  const peer = new Peer(JSON.parse(json), {});
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // A fresh tokenizer each round: its cache starts empty.
    const tokenizer = loadTokenizer(json);
    ours.push(secondsOf(() => tokenizer.encode(text)));
    theirs.push(secondsOf(() => peer.encode(text)));
  }
  const own = rate(megabytes, ours);
  yield {
    name: "tokenizer/encode",
    configuration,
    ...own,
    unit: "MB/s",
    peer: "@huggingface/tokenizers",
    ratio: own.value / rate(megabytes, theirs).value,
  };
}
