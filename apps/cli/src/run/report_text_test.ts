import { type DropReport, Summary } from "@millrace/contracts";
import { expect, test } from "vitest";
import { corpusLines, summaryLines } from "./report_text.ts";

const REFUSED = { count: 4, first: [{ source: "talks.jsonl:3", reason: "no name" }] };

const SUMMARY: Summary = {
  run: "run-1",
  state: "serving",
  stoppedIn: null,
  documents: { read: 10, kept: 8, duplicates: 1, quarantined: 0, dropped: { too_short: 1 }, refused: REFUSED },
  redactions: {},
  tokens: { train: 1000, validation: 100 },
  vocabulary: 512,
  parameters: 1_071_872,
  steps: 900,
  nodes: 2,
  exchangedBytesPerStep: 17_200_000,
  pipeline: { stages: 2, waiting: 0.25, leastWaiting: 0.2 },
  search: {
    best: { number: 3, trialId: "run-1.t3", values: { "train.learningRate": 0.003_333_33 }, objective: 3.75 },
    trials: { completed: 5, stopped: 10, failed: 1 },
  },
  loss: { train: 3.5, validation: 3.75 },
  bitsPerByte: { model: 2.25, gzip: 3.125, xzPrimed: null, ngram: 2 },
  verdict: "better than gzip, not better than counting",
  base: null,
  scores: { bitsPerByte: 2.25, perplexity: 31.25, accuracy: 0.3125 },
  tasks: [
    {
      name: "capitals",
      kind: "multiple_choice",
      examples: 40,
      leftOut: 2,
      accuracy: 0.3,
      accuracyNormalised: 0.5,
      standardError: 0.08,
      chance: 0.25,
      perplexity: null,
    },
  ],
  corpusHash: "0".repeat(64),
  model: { name: "docs", version: 3 },
  artifacts: null,
  endpoint: "http://127.0.0.1:4100/v1",
  samples: [{ prompt: "The\n", completion: " mill\nturns" }],
  partial: false,
  seconds: { total: 12.3 },
  error: null,
  errorCode: null,
};

test("a summary of an automation that does not tell where a run stopped is read too", () => {
  const { stoppedIn: _, ...earlier } = SUMMARY;
  expect(Summary.parse(earlier)).toEqual(earlier);
});

const REPORT: DropReport = {
  sources: 10,
  read: 10,
  kept: 8,
  duplicates: 1,
  quarantined: 0,
  dropped: { too_short: 1 },
  redactions: {},
  bytes: { sources: 100, read: 100, kept: 80, duplicates: 10, quarantined: 0, dropped: { too_short: 10 } },
  languages: { en: 8 },
};

test("corpusLines() says what lay there and was not read, where that is known", () => {
  expect(corpusLines(REPORT, "run-1", "").join("\n")).not.toContain("Skipped");
  const skipped = { types: { ".pdf": 3, none: 2 }, links: 3, special: 0 };
  expect(corpusLines({ ...REPORT, skipped }, "run-1", "")).toContain(
    "Skipped 5 files of types that are not read (3 .pdf, 2 without an ending), 3 links",
  );
});

test("corpusLines() leads to what is quarantined", () => {
  expect(corpusLines(REPORT, "run-1", "").join("\n")).not.toContain("millrace status");
  const documents = ["a.gz", "b.txt", "c.txt", "d.txt"].map((source) => ({ source, reasons: [{ code: "changed" }] }));
  const text = corpusLines({ ...REPORT, quarantined: 5 }, "run-1", " --data-dir d", { total: 5, documents }).join("\n");
  expect(text).toContain("5 quarantined");
  expect(text).toContain("\n  quarantined: a.gz  changed\n");
  expect(text).not.toContain("d.txt");
  expect(text).toContain("  and 2 more: npx millrace status run-1 --data-dir d");
});

test("corpusLines() leads to no search where nothing was kept", () => {
  expect(corpusLines(REPORT, "run-1", "").join("\n")).toContain("millrace search");
  expect(corpusLines({ ...REPORT, kept: 0 }, "run-1", "").join("\n")).not.toContain("millrace search");
});

test("summaryLines() says what was made, beside the baselines, and what to do next", () => {
  const text = summaryLines(SUMMARY, true, "").join("\n");
  expect(text).toContain("search: trial 3 of 16 is the best (10 given up, 1 failed): train.learningRate 0.003333");
  expect(text).toContain("1,071,872 parameters, 900 steps on 2 nodes, loss 3.500 (3.750 on a sample of held-out text)");
  expect(text).toContain("17.20 MB sent between the nodes in a step");
  expect(text).toContain(
    "4 conversations were left out, since the chat template refuses them:\n    talks.jsonl:3: no name",
  );
  expect(text).toContain("in 2 stages, which waited 25.0 % of a step for each other (at least 20.0 %)");
  expect(text).toContain("perplexity 31.25 a token of all held-out text, next token right 31.3 %");
  expect(text).toContain(
    "task capitals: acc_norm 50.0 % ± 8.0 %, acc 30.0 %, guessing 25.0 %, of 40 questions; 2 longer than the context",
  );
  expect(text).toContain("model 2.250, gzip 3.125, xz primed not measured, counting 2.000");
  expect(text).toContain("> The | mill turns");
  expect(text).toContain('Endpoint: http://127.0.0.1:4100/v1 (model "docs")');
  const next = text.split("\n").slice(-3);
  expect(next.map((line) => line.search(/(?<=  )(search the|what is|train again)/))).toEqual([43, 43, 43]);
  expect(next.at(-1)).toMatch(/^  npx millrace verify docs@3 +train again and compare$/);
});

test("summaryLines() of an installation elsewhere names no command that wants a data folder", () => {
  const text = summaryLines(SUMMARY, true, " --address http://localhost:4100").join("\n");
  expect(text).toContain("npx millrace trace docs@3 --address http://localhost:4100");
  expect(text).not.toContain("verify");
});

test("summaryLines() names no endpoint where nothing stays up", () => {
  const text = summaryLines(SUMMARY, false, " --data-dir /data").join("\n");
  expect(text).not.toContain("Endpoint:");
  expect(text).toContain("npx millrace up --data-dir /data");
  expect(text).toContain("npx millrace trace docs@3 --data-dir /data");
});

function failedWith(error: string, errorCode: string | null): string {
  return summaryLines({ ...SUMMARY, state: "failed", error, errorCode, endpoint: null }, false, "").join("\n");
}

test("summaryLines() says how to go on after what another attempt may overcome", () => {
  const text = failedWith("training: a node did not come back (training_failed)", "training_failed");
  expect(text).toContain("a node did not come back (training_failed)");
  expect(text).toContain("Go on with: npx millrace run --resume");
  expect(failedWith("cancelled by the user", null)).toContain("Go on with: npx millrace run --resume");
});

test("summaryLines() says what to change after what would fail again", () => {
  const text = failedWith("the text supports 812 (vocabulary_too_large)", "vocabulary_too_large");
  expect(text).toContain("To mend it, lower tokenizer.vocabularySize");
  expect(text).not.toContain("millrace run --resume");
});

test("summaryLines() marks a model whose training was stopped by its time limit", () => {
  expect(summaryLines({ ...SUMMARY, partial: true }, true, "").join("\n")).toContain("marked partial");
  expect(summaryLines(SUMMARY, true, "").join("\n")).not.toContain("partial");
});

test("summaryLines() tells of one node and one question as of one, and no error of a single answer", () => {
  const tasks = [{ ...SUMMARY.tasks![0]!, examples: 1, leftOut: 0, standardError: null }];
  const text = summaryLines({ ...SUMMARY, nodes: 1, steps: 1, tasks }, true, "").join("\n");
  expect(text).toContain("1 step on 1 node, ");
  expect(text).toContain("acc_norm 50.0 %, acc 30.0 %, guessing 25.0 %, of 1 question");
  expect(text).not.toMatch(/±|questions/);
});
