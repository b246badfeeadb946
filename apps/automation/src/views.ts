import type { Awaited, BaseSummary, DropReport, RunView, Stage, StageView, Summary } from "@millrace/contracts";
import { STAGES, toldScore } from "@millrace/contracts";
import { actIn, type AwaitedIn } from "./awaited.ts";
import { stagesOf } from "./pipeline.ts";
import type { StoredRun } from "./store.ts";
import type { RunRow, StageRow } from "./tables.ts";
import { workedMs } from "./working_time.ts";

/**
 * A run as the API shows it.
 * @param nowMs Clock, for the stage that still runs.
 */
export function runView(run: RunRow, rows: readonly StageRow[], nowMs: number): RunView {
  return {
    id: run.id,
    name: run.name,
    state: run.state,
    attempt: run.attempt,
    createdAt: iso(run.createdAt),
    updatedAt: iso(run.updatedAt),
    error: run.error,
    errorCode: run.errorCode,
    stoppedIn: run.stoppedIn,
    recipe: run.recipeRef,
    stages: STAGES.map((stage) => stageView(stage, run, rows, nowMs)),
  };
}

function stageView(stage: Stage, run: RunRow, rows: readonly StageRow[], nowMs: number): StageView {
  const row = rows.find((candidate) => candidate.stage === stage);
  if (!row) {
    const state = stagesOf(run.recipe).includes(stage) ? "waiting" : "skipped";
    return { stage, state, startedAt: null, endedAt: null, progress: null, workedSeconds: 0 };
  }
  const { state, progress, awaits } = row;
  return {
    stage,
    state,
    startedAt: iso(row.startedAt),
    endedAt: row.endedAt === null ? null : iso(row.endedAt),
    // How far it was tells nothing of when somebody will decide.
    progress: awaits === null ? progress : null,
    workedSeconds: workedSeconds(row, nowMs),
    ...(awaits !== null && { awaits: awaited(awaits) }),
  };
}

function awaited(awaits: AwaitedIn): Awaited {
  const { model, version, by, sinceMs } = awaits;
  const since = sinceMs === undefined ? {} : { since: iso(sinceMs) };
  return { act: actIn(awaits), version: `${model}@${version}`, requestedBy: by, ...since };
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/**
 * What a run did, in one document.
 * @param endpoint Base URL of the API that serves the model; null when nothing is served.
 * @param report What became of its documents, of a run that ended before it had a corpus.
 * @param nowMs Clock, for stages that still run.
 */
export function summaryOf(
  { run, stages: rows }: StoredRun,
  endpoint: string,
  report: DropReport | undefined,
  nowMs: number,
): Summary {
  const { collected, deduplicated, tokenized, searched, trained, evaluated, registered, packaged, deployed } =
    run.facts;
  const { read, kept, duplicates, quarantined, dropped, skipped, redactions } = deduplicated?.report ?? report ?? {};
  const documents =
    read === undefined || kept === undefined || duplicates === undefined || quarantined === undefined || !dropped
      ? null
      : {
          read,
          kept,
          duplicates,
          quarantined,
          dropped,
          ...(skipped !== undefined && { skipped }),
          ...(tokenized?.refused && { refused: tokenized.refused }),
        };
  return {
    run: run.id,
    state: run.state,
    stoppedIn: run.stoppedIn,
    documents,
    redactions: redactions ?? null,
    tokens: tokenized?.tokens ?? null,
    vocabulary: tokenized?.vocabularySize ?? null,
    parameters: trained?.parameters ?? null,
    steps: trained?.steps ?? null,
    nodes: trained?.nodes ?? null,
    search: searched
      ? { best: searched.best, trials: searched.trials, ...(searched.table && { table: searched.table }) }
      : null,
    loss: trained?.loss ?? null,
    exchangedBytesPerStep: trained?.exchangedBytesPerStep ?? null,
    pipeline: trained?.pipeline ?? null,
    bitsPerByte: evaluated?.evaluation.bitsPerByte ?? null,
    verdict: evaluated?.evaluation.verdict ?? null,
    scores: evaluated?.evaluation.scores?.model ?? null,
    tasks: evaluated?.evaluation.tasks?.map(toldScore) ?? null,
    corpusHash: deduplicated?.corpusHash ?? null,
    base: baseOf(collected?.base),
    model: registered ? { name: registered.model, version: registered.version } : null,
    artifacts:
      tokenized && trained && packaged
        ? { tokenizer: tokenized.tokenizer.sha256, checkpoint: trained.checkpoint.sha256, onnx: packaged.onnx.sha256 }
        : null,
    endpoint: run.state === "serving" ? endpoint : null,
    samples: deployed ? deployed.samples : null,
    partial: trained?.partial ?? null,
    seconds: secondsOf(rows, nowMs),
    error: run.error,
    errorCode: run.errorCode,
  };
}

function baseOf(base: BaseSummary | undefined): Summary["base"] {
  return base ? { name: base.name, licence: base.licence, manifest: base.manifest.sha256 } : null;
}

function secondsOf(rows: readonly StageRow[], nowMs: number): Record<string, number> {
  const reached = STAGES.flatMap((stage) => rows.find((row) => row.stage === stage) ?? []);
  const total = reached.reduce((sum, row) => sum + workedMs(row, nowMs), 0) / 1000;
  return { ...Object.fromEntries(reached.map((row) => [row.stage, workedSeconds(row, nowMs)])), total };
}

function workedSeconds(row: StageRow, nowMs: number): number {
  return workedMs(row, nowMs) / 1000;
}
