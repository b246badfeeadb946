/**
 * Fits the weights of the leaf model and writes `src/extraction/leaf_weights.ts`. First prints the word F1 of a 5-fold
 * cross-validation over pages: that, not the score on the training pages, is what to expect of a page never seen.
 *
 *     node packages/corpus/bench/train_extraction.ts
 */
import { writeFileSync } from "node:fs";
import { FEATURES, leafFeatures } from "../src/extraction/leaf_features.ts";
import { pageFacts } from "../src/extraction/page_facts.ts";
import { pageType } from "../src/extraction/page_type.ts";
import { parseHtml } from "../src/extraction/parse_html.ts";
import { indexPage } from "../src/extraction/page_index.ts";
import { textLeaves } from "../src/extraction/text_leaves.ts";
import type { TextLeaf } from "../src/extraction/text_leaves.ts";
import { chooseByProbability } from "../src/extraction/choose_leaves.ts";
import { labelledPages } from "./extraction_pages.ts";
import { wordF1, words } from "./word_f1.ts";

interface Example {
  readonly leaves: readonly TextLeaf[];
  readonly features: readonly Float64Array[];
  /** 1 for leaves whose word trigrams mostly stand in the wanted text and which are no repeat. */
  readonly labels: readonly number[];
  readonly content: string;
  readonly contentWords: number;
}

const FOLDS = 5;
const EPOCHS = 15;
const WEIGHT_DECAY = 1e-4;

const pages = labelledPages();
if (pages !== undefined) {
  const examples: Example[] = pages.map(({ html, content }) => {
    const document = parseHtml(html);
    const root = document.documentElement;
    const tree = textLeaves(root, indexPage(root));
    const { leaves } = tree;
    const features = [...leafFeatures(tree, pageType(pageFacts(document), tree))];
    return { leaves, features, labels: labelsOf(leaves, content), content, contentWords: words(content).length };
  });
  const scores: number[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const weights = fit(examples.filter((_, at) => at % FOLDS !== fold));
    for (const example of examples.filter((_, at) => at % FOLDS === fold)) {
      const chosen = chooseByProbability(
        example.leaves,
        example.features.map((row) => probability(weights, row)),
      );
      const text = example.leaves.filter((leaf) => chosen.has(leaf)).map((leaf) => leaf.text);
      scores.push(wordF1(text.join("\n"), example.content).f1);
    }
  }
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  console.log(`cross-validated word F1 over ${scores.length} pages: ${mean.toFixed(4)}`);
  const weights = fit(examples);
  const lines = FEATURES.map((name, at) => `  ${name}: ${(weights[at] ?? 0).toFixed(3)},`);
  const target = new URL("../src/extraction/leaf_weights.ts", import.meta.url);
  const head =
    '// Made by bench/train_extraction.ts; do not edit.\nimport type { FeatureName } from "./leaf_features.ts";\n\n';
  const doc = "/** Weight of each feature in the log-odds that a leaf is content. */\n";
  writeFileSync(
    target,
    `${head}${doc}export const LEAF_WEIGHTS: Readonly<Record<FeatureName, number>> = {\n${lines.join("\n")}\n};\n`,
  );
}

function labelsOf(leaves: readonly TextLeaf[], content: string): number[] {
  const wanted = words(content);
  const grams = new Set<string>();
  for (let size = 1; size <= 3; size += 1) {
    for (let at = 0; at + size <= wanted.length; at += 1) grams.add(wanted.slice(at, at + size).join(" "));
  }
  const seen = new Set<string>();
  return leaves.map((leaf) => {
    const own = words(leaf.text);
    const key = own.join(" ");
    const repeat = own.length >= 3 && seen.has(key);
    seen.add(key);
    const size = Math.min(3, own.length);
    const total = own.length - size + 1;
    if (size === 0 || repeat) return 0;
    let hits = 0;
    for (let at = 0; at < total; at += 1) if (grams.has(own.slice(at, at + size).join(" "))) hits += 1;
    return hits / total > 0.5 ? 1 : 0;
  });
}

/** Adam over pages, in an order drawn from a fixed seed; a leaf weighs as its words, a page about the same as any other. */
function fit(examples: readonly Example[]): Float64Array {
  const weights = new Float64Array(FEATURES.length);
  const first = new Float64Array(FEATURES.length);
  const second = new Float64Array(FEATURES.length);
  const random = generator(7);
  const usable = examples.filter((example) => example.contentWords > 0 && example.leaves.length > 0);
  const steps = EPOCHS * usable.length;
  for (let step = 1; step <= steps; step += 1) {
    const example = usable[Math.floor(random() * usable.length)];
    if (example === undefined) continue;
    const gradient = gradientOf(weights, example);
    const rate = 0.05 * (1 - step / steps) + 1e-5;
    for (const [at, value] of gradient.entries()) {
      const slope = value + WEIGHT_DECAY * (weights[at] ?? 0);
      first[at] = 0.9 * (first[at] ?? 0) + 0.1 * slope;
      second[at] = 0.99 * (second[at] ?? 0) + 0.01 * slope * slope;
      const mean = (first[at] ?? 0) / (1 - 0.9 ** step);
      weights[at] = (weights[at] ?? 0) - (rate * mean) / (Math.sqrt((second[at] ?? 0) / (1 - 0.99 ** step)) + 1e-8);
    }
  }
  return weights;
}

function gradientOf(weights: Float64Array, example: Example): Float64Array {
  const gradient = new Float64Array(FEATURES.length);
  const pageWords = example.leaves.reduce((sum, leaf) => sum + leaf.words, 0);
  const scale = 2 / (pageWords + Math.max(50, example.contentWords));
  example.features.forEach((row, leafAt) => {
    const error = probability(weights, row) - (example.labels[leafAt] ?? 0);
    const weight = error * (example.leaves[leafAt]?.words ?? 0) * scale;
    for (const [at, value] of row.entries()) gradient[at] = (gradient[at] ?? 0) + weight * value;
  });
  return gradient;
}

function probability(weights: Float64Array, row: Float64Array): number {
  return 1 / (1 + Math.exp(-row.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0)));
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}
