/** Recorded-like answers of the other services, for tests and screenshots. Made up, deterministic, checked against the contracts. */
import type {
  Slice,
  DocumentSummary,
  DropReport,
  DroppedDocument,
  RunView,
  Summary,
  TrainingPoint,
  TrainingRunView,
  VersionView,
} from "@millrace/contracts";
import { Recipe, STAGES } from "@millrace/contracts";

export const START_MS = Date.parse("2026-03-02T09:12:00Z");
export const at = (seconds: number): string => new Date(START_MS + seconds * 1000).toISOString();
const artifact = (digit: string) => ({ sha256: digit.repeat(64), sizeBytes: 4_284_416, mediaType: "application/json" });
const FINGERPRINT = { runtime: "onnxruntime 1.30.0", kernelClass: "avx512", probe: "9".repeat(64) };
const CONFIG = {
  architecture: "gpt2",
  vocabularySize: 2048,
  contextLength: 128,
  layers: 4,
  heads: 4,
  width: 128,
} as const;

export const report: DropReport = {
  sources: 1207,
  read: 1198,
  kept: 861,
  duplicates: 142,
  quarantined: 9,
  dropped: { too_short: 88, repeated_lines: 41, not_english: 37, few_stop_words: 19, mostly_symbols: 10 },
  redactions: { EMAIL_ADDRESS: 64, IP_ADDRESS: 31, PHONE_NUMBER: 7 },
  bytes: {
    sources: 6_120_400,
    read: 5_310_900,
    kept: 3_362_000,
    duplicates: 902_400,
    quarantined: 240_100,
    dropped: {
      too_short: 31_800,
      repeated_lines: 520_300,
      not_english: 301_500,
      few_stop_words: 122_600,
      mostly_symbols: 70_300,
    },
  },
  languages: { en: 861 },
  skipped: { types: { ".pdf": 3, none: 2 }, links: 1, special: 0 },
};

const SECONDS = [4, 31, 12, 22, 214, 19, 8];

/** A run that has come as far as `current`; "serving" when past all. */
export function runAt(current: RunView["state"], over: Partial<RunView> = {}): RunView {
  const index = STAGES.findIndex((stage) => stage === current);
  const reached = current === "serving" ? STAGES.length : index;
  let elapsed = 0;
  const stages = STAGES.map((stage, place): RunView["stages"][number] => {
    const startedAt = at(elapsed);
    elapsed += SECONDS[place] ?? 0;
    if (place > reached)
      return { stage, state: "waiting", startedAt: null, endedAt: null, progress: null, workedSeconds: 0 };
    const isDone = place < reached;
    const [done, total, unit] = stage === "training" ? [540, 900, "steps"] : [1100, 1198, "documents"];
    const progress = { done: isDone ? total : done, total, unit };
    const endedAt = isDone ? at(elapsed) : null;
    return {
      stage,
      state: isDone ? "done" : "running",
      startedAt,
      endedAt,
      progress,
      workedSeconds: SECONDS[place] ?? 0,
    };
  });
  return {
    id: "run-8f14e45f",
    name: "handbook",
    state: current,
    attempt: 1,
    createdAt: at(0),
    updatedAt: at(200),
    error: null,
    errorCode: null,
    stoppedIn: null,
    recipe: artifact("a"),
    stages,
    ...over,
  };
}

export const recipe: Recipe = Recipe.parse({
  name: "handbook",
  description: "The product handbook and its release notes",
  sources: [{ path: "docs", licence: "CC-BY-4.0" }, { path: "releases/*.md" }],
  train: { nodes: 2, steps: 900, learningRate: 0.003 },
});
export const previousRecipe: Recipe = Recipe.parse({
  name: "handbook",
  sources: [{ path: "docs", licence: "CC-BY-4.0" }],
  train: { nodes: 2, steps: 500, learningRate: 0.003 },
});

/** Loss falls as learning does; the wobble is a fixed function of the step. */
function pointsUntil(last: number): TrainingPoint[] {
  return Array.from({ length: Math.floor(last / 10) }, (_, index): TrainingPoint => {
    const step = (index + 1) * 10;
    const loss = 2.35 + 5.2 * Math.exp(-step / 90) + 0.9 * Math.exp(-step / 420) + 0.07 * Math.sin(step * 1.7);
    return {
      step,
      loss,
      ...(step % 90 === 0 ? { validationLoss: loss + 0.12 + step / 6000 } : {}),
      gradientNorm: 0.6 + 2 * Math.exp(-step / 120),
      learningRate: 0.003 * Math.min(1, step / 60),
      tokensPerSecond: 9100 + 300 * Math.sin(step),
      productShare: 0.61,
      elapsedSeconds: step * 0.24,
    };
  });
}

export function trainingUntil(last: number): TrainingRunView {
  const reports = Array.from({ length: Math.floor(last / 15) }, (_, index) => (index + 1) * 15);
  return {
    runId: "run-8f14e45f",
    state: last < 900 ? "running" : "completed",
    config: CONFIG,
    parameters: 1_071_104,
    steps: 900,
    nodes: 2,
    settings: { learningRate: 0.003, leaves: 8, leafBatch: 4, warmupSteps: 60, seed: 1 },
    fingerprint: FINGERPRINT,
    tokenized: artifact("b"),
    points: pointsUntil(last),
    activity: reports.flatMap((step) =>
      ["node-1", "node-2"]
        .filter((node) => node === "node-1" || step < 310 || step > 400)
        .map((node) => ({
          node,
          generation: step < 310 ? 1 : step < 400 ? 2 : 3,
          step,
          steps: 15,
          computeMs: 2900 + 200 * Math.sin(step),
          exchangeMs: step > 310 && step < 400 ? 0 : 420 + 60 * Math.cos(step),
          idleMs: 160 + (node === "node-2" ? 120 : 0),
          sentBytes: step > 310 && step < 400 ? 0 : 42_900_000,
        })),
    ),
    changes: [
      { node: "node-1", change: "joined", generation: 1, step: 0, reason: "started with the run", elapsedSeconds: 0 },
      { node: "node-2", change: "joined", generation: 1, step: 0, reason: "started with the run", elapsedSeconds: 0 },
      { node: "node-2", change: "lost", generation: 2, step: 308, reason: "connection closed", elapsedSeconds: 74 },
      { node: "node-2", change: "joined", generation: 3, step: 402, reason: "restarted", elapsedSeconds: 97 },
      {
        node: "node-2",
        change: "slow",
        generation: 3,
        step: 431,
        reason: "its micro-batches take 1.8 times as long as the others'",
        elapsedSeconds: 104,
      },
    ],
    checkpoints: [{ step: 450, checkpoint: artifact("3") }],
  };
}

const bitsPerByte = { model: 1.71, gzip: 2.64, xzPrimed: 1.98, ngram: 1.83 };

export const summary: Summary = {
  run: "run-8f14e45f",
  state: "serving",
  stoppedIn: null,
  documents: { read: 1198, kept: 861, duplicates: 142, quarantined: 9, dropped: report.dropped },
  redactions: report.redactions,
  tokens: { train: 912_400, validation: 101_700 },
  vocabulary: 2048,
  parameters: 1_071_104,
  steps: 900,
  nodes: 2,
  search: null,
  loss: { train: 2.41, validation: 2.66 },
  exchangedBytesPerStep: 8_590_000,
  pipeline: null,
  bitsPerByte,
  verdict: "better than gzip, primed xz and counting",
  scores: { bitsPerByte: 1.71, perplexity: 21.4, accuracy: 0.382 },
  tasks: null,
  corpusHash: "5".repeat(64),
  base: null,
  model: { name: "handbook", version: 3 },
  artifacts: { tokenizer: "6".repeat(64), checkpoint: "7".repeat(64), onnx: "8".repeat(64) },
  endpoint: "http://127.0.0.1:4100/v1",
  samples: [
    { prompt: "To install", completion: " the agent, open the settings of your project and choose\nAdd a runner." },
    { prompt: "The ", completion: "server answers with the status of the job and its log." },
    { prompt: "This function", completion: " returns the first item of the list, or null." },
  ],
  partial: false,
  seconds: { total: 310 },
  error: null,
  errorCode: null,
};

const scored = (bits: number, accuracy: number) => ({ bitsPerByte: bits, perplexity: 2 ** (3.1 * bits), accuracy });
const part = (
  by: Slice["by"],
  name: string,
  documents: number,
  bytes: number,
  model: number,
  ngram: number,
): Slice => ({
  by,
  name,
  documents,
  bytes,
  tokens: Math.round(bytes / 3.1),
  model: scored(model, 0.65 - 0.16 * model),
  ngram: scored(ngram, 0.62 - 0.16 * ngram),
});

const EVALUATED = {
  tokens: 101_604,
  scores: {
    model: { bitsPerByte: 1.71, perplexity: 21.4, accuracy: 0.382 },
    ngram: { bitsPerByte: 1.83, perplexity: 26.5, accuracy: 0.361 },
  },
  slices: [
    part("source", "administration/", 51, 190_000, 1.62, 1.79),
    part("source", "api/", 33, 121_000, 1.77, 1.84),
    part("source", "changelog.md", 12, 27_000, 2.16, 2.07),
    part("language", "en", 90, 327_000, 1.69, 1.81),
    part("language", "de", 6, 11_000, 2.41, 2.38),
    part("length", "1 to 4 KiB", 61, 150_000, 1.74, 1.85),
    part("length", "4 to 16 KiB", 35, 188_000, 1.69, 1.82),
  ],
  tasks: [
    {
      name: "settings",
      kind: "multiple_choice",
      examples: 120,
      leftOut: 0,
      accuracy: 0.41,
      accuracyNormalised: 0.475,
      standardError: 0.046,
      chance: 0.25,
      perplexity: null,
    },
    {
      name: "last-words",
      kind: "cloze",
      examples: 80,
      leftOut: 3,
      accuracy: 0.19,
      accuracyNormalised: null,
      standardError: 0.044,
      chance: null,
      perplexity: 61.2,
    },
  ],
} satisfies Partial<VersionView["evaluation"]>;

export const version: VersionView = {
  model: "handbook",
  version: 3,
  runId: "run-8f14e45f",
  createdAt: at(305),
  aliases: ["champion"],
  state: "deployed",
  recipe: artifact("a"),
  checkpoint: artifact("7"),
  tokenizer: artifact("6"),
  corpus: artifact("5"),
  corpusHash: "5".repeat(64),
  tokenized: artifact("b"),
  onnx: artifact("8"),
  folder: null,
  package: null,
  config: CONFIG,
  evaluation: {
    bitsPerByte,
    verdict: "better than gzip, primed xz and counting",
    documents: 96,
    bytes: 338_000,
    ...EVALUATED,
  },
  gates: [
    {
      name: "bits_per_byte",
      state: "passed",
      value: 2.14,
      limit: 2.29,
      unit: "bits/byte",
      detail: "handbook@3 on 41 validation documents, 65,102 bytes; handbook@2 needs 2.245",
    },
  ],
  fingerprint: FINGERPRINT,
  exact: true,
  partial: false,
};

const TITLES = ["Install the agent", "Rotate a key", "Release 4.2", "Roles and rights", "Back up and restore"];

export const documents: DocumentSummary[] = TITLES.map((title, index) => ({
  id: `doc-${index + 1}`,
  source: `docs/${title.toLowerCase().replaceAll(/\W+/g, "-")}.md`,
  title,
  language: "en",
  split: index === 3 ? "validation" : "train",
  sizeBytes: 3100 + 870 * index,
  redactions: index % 3,
}));

export const dropped: DroppedDocument[] = [
  ["docs/index.md", "repeated_lines", "duplicate_line_share", 0.61, 0.3],
  ["docs/legacy/menu.md", "repeated_lines", "duplicate_line_share", 0.44, 0.3],
  ["releases/2019-01.md", "too_short", "words", 18, 50],
].map(([source, code, signal, value, threshold], index) => ({
  id: `dropped-${index + 1}`,
  source: String(source),
  title: "Overview",
  stage: "filter",
  reasons: [{ code: String(code), signal: String(signal), value: Number(value), threshold: Number(threshold) }],
  sizeBytes: 12_400 - 3000 * index,
  excerpt:
    index === 1
      ? "=cmd|' /C calc'!A0"
      : "Overview\nSkip to content\nOverview\nSkip to content\nNext\nPrevious\nNext\nPrevious",
}));
