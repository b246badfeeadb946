import type { RunView, Stage, StageView, Summary } from "@millrace/contracts";
import { isFinal, STAGES } from "@millrace/contracts";
import { stagesOf } from "./pipeline.ts";
import type { RunRow, StageRow } from "./tables.ts";

/** A run as the API shows it. */
export function runView(run: RunRow, rows: readonly StageRow[]): RunView {
  return {
    id: run.id,
    name: run.name,
    state: run.state,
    attempt: run.attempt,
    createdAt: iso(run.createdAt),
    updatedAt: iso(run.updatedAt),
    error: run.error,
    stoppedIn: run.stoppedIn,
    recipe: run.recipeRef,
    stages: STAGES.map((stage) => stageView(stage, run, rows)),
  };
}

function stageView(stage: Stage, run: RunRow, rows: readonly StageRow[]): StageView {
  const row = rows.find((candidate) => candidate.stage === stage);
  if (!row) {
    const state = stagesOf(run.recipe).includes(stage) ? "waiting" : "skipped";
    return { stage, state, startedAt: null, endedAt: null, progress: null };
  }
  const { state, progress } = row;
  return {
    stage,
    state,
    startedAt: iso(row.startedAt),
    endedAt: row.endedAt === null ? null : iso(row.endedAt),
    progress,
  };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/**
 * What a run did, in one document.
 * @param endpoint Base URL of the API that serves the model; null when nothing is served.
 * @param nowMs Clock, for stages that still run.
 */
export function summaryOf(run: RunRow, rows: readonly StageRow[], endpoint: string, nowMs: number): Summary {
  const { deduplicated, tokenized, trained, evaluated, registered, packaged, deployed } = run.facts;
  const { read, kept, duplicates, quarantined, dropped } = deduplicated?.report ?? {};
  const documents =
    read === undefined || kept === undefined || duplicates === undefined || quarantined === undefined || !dropped
      ? null
      : { read, kept, duplicates, quarantined, dropped };
  return {
    run: run.id,
    state: run.state,
    documents,
    redactions: deduplicated?.report.redactions ?? null,
    tokens: tokenized?.tokens ?? null,
    vocabulary: tokenized?.vocabularySize ?? null,
    parameters: trained?.parameters ?? null,
    steps: trained?.steps ?? null,
    nodes: trained?.nodes ?? null,
    loss: trained?.loss ?? null,
    bitsPerByte: evaluated?.evaluation.bitsPerByte ?? null,
    verdict: evaluated?.evaluation.verdict ?? null,
    corpusHash: deduplicated?.corpusHash ?? null,
    model: registered ? { name: registered.model, version: registered.version } : null,
    artifacts:
      tokenized && trained && packaged
        ? { tokenizer: tokenized.tokenizer.sha256, checkpoint: trained.checkpoint.sha256, onnx: packaged.onnx.sha256 }
        : null,
    endpoint: run.state === "serving" ? endpoint : null,
    samples: deployed ? deployed.samples : null,
    seconds: secondsOf(run, rows, nowMs),
    error: run.error,
  };
}

function secondsOf(run: RunRow, rows: readonly StageRow[], nowMs: number): Record<string, number> {
  const stages = STAGES.flatMap((stage): [string, number][] => {
    const row = rows.find((candidate) => candidate.stage === stage);
    return row ? [[stage, spent(row.startedAt, row.endedAt ?? nowMs)]] : [];
  });
  const end = isFinal(run.state) ? run.updatedAt : nowMs;
  return { ...Object.fromEntries(stages), total: spent(run.createdAt, end) };
}

/** Seconds between two times in ms. */
function spent(fromMs: number, toMs: number): number {
  return Math.max(0, Math.round(toMs - fromMs) / 1000);
}
