/** What charts are drawn from, as CSV and JSON. */
import {
  DropReport,
  leastWaiting,
  type NodeActivity,
  RunList,
  RunReport,
  type TrainingPoint,
} from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { ask, valueOf, valueOrThrow } from "../ask.ts";
import { layersOf } from "../charts/stages.ts";
import { type Cell, csvLine } from "../exports/csv.ts";
import type { Comparison } from "../pages/run_compare.ts";
import { referencesOf } from "../references.ts";
import { askSources } from "./corpus.ts";
import { corpusOf } from "./corpus_exports.ts";
import { askRun, askRuns } from "./page_context.ts";
import { requireExport } from "./table_route.ts";
import { askSummary, askTraining, namedBeside, readComparison } from "./training.ts";

const COLUMNS = [
  "step",
  "loss",
  "validationLoss",
  "gradientNorm",
  "learningRate",
  "tokensPerSecond",
  "productShare",
  "elapsedSeconds",
] as const;

/** Of nodes that have a stage of the model each; stages and layers counted from 1. */
const STAGE_COLUMNS = ["stage", "stages", "layers", "leaves", "waitMs", "waitingShare", "leastWaitingShare"];

export function exportRoutes(http: Http): void {
  http.get("/runs/:id/training.csv", async (context) => {
    const compared = await comparisonOf(context);
    const cells = (point: TrainingPoint): Cell[] => COLUMNS.map((column) => point[column]);
    if (compared === undefined) return asCsv(COLUMNS, (await pointsOf(context)).map(cells));
    return asCsv(
      ["run", ...COLUMNS],
      compared.runs.flatMap(({ run, training }) => training.points.map((point) => [run.id, ...cells(point)])),
    );
  });
  http.get("/runs/:id/training.json", async (context) => {
    const compared = await comparisonOf(context);
    if (compared !== undefined) {
      const runs = compared.runs.map(({ run, color, training }) => ({ id: run.id, color, points: training.points }));
      return context.json({ runs, references: [] });
    }
    const points = await pointsOf(context);
    const summary = valueOf(await askSummary(context, context.req.param("id")));
    return context.json({ points, references: summary === undefined ? [] : referencesOf(summary) });
  });
  http.get("/runs/:id/nodes.csv", async (context) => {
    const { activity } = valueOrThrow(
      await askTraining(requireExport(context, []), context.req.param("id")),
      NOT_TRAINED,
    );
    const columns = ["node", "generation", "step", "computeMs", "exchangeMs", "idleMs", "sentBytes", "steps"] as const;
    const ofStages = activity.some(({ stage }) => stage !== undefined) ? STAGE_COLUMNS : [];
    return asCsv(
      [...columns, ...ofStages],
      activity.map((one) => [...columns.map((column) => one[column]), ...(ofStages.length > 0 ? stageCells(one) : [])]),
    );
  });
  http.get("/runs/:id/bits.csv", async (context) => {
    const { bitsPerByte } = valueOrThrow(await askSummary(requireExport(context, []), context.req.param("id")), NO_RUN);
    if (bitsPerByte === null) throw new HttpError(404, "not_found", "This run is not evaluated yet.");
    return asCsv(["predictor", "bitsPerByte"], Object.entries(bitsPerByte));
  });
  http.get("/corpus/waterfall.csv", async (context) => {
    const [, base] = corpusOf(requireExport(context, ["run"]));
    const answer = await ask(context, "ingestion", `${base}/report`, RunReport);
    return asCsv(
      ["part", "documents", "bytes"],
      partsOf(valueOrThrow(answer, "This run has read nothing yet.").report),
    );
  });
  http.get("/corpus/sources.csv", async (context) => {
    const [run] = corpusOf(requireExport(context, ["run", "under"]));
    const answer = await askSources(context, run, context.req.query("under") || undefined);
    const { entries, rest } = valueOrThrow(answer, "The corpus of this run is not finished.");
    const row = (path: string, { kept, dropped }: Pick<(typeof entries)[number], "kept" | "dropped">): Cell[] => [
      path,
      kept.documents,
      kept.bytes,
      dropped.documents,
      dropped.bytes,
    ];
    return asCsv(
      ["path", "keptDocuments", "keptBytes", "droppedDocuments", "droppedBytes"],
      [
        ...entries.map((entry) => row(entry.path, entry)),
        ...(rest === null ? [] : [row(`(${rest.entries} more)`, rest)]),
      ],
    );
  });
}

const NO_RUN = "There is no such run in this project.";
const NOT_TRAINED = "This run has not begun to train.";

function asCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): Response {
  return new Response([columns, ...rows].map(csvLine).join(""), {
    headers: { "content-type": "text/csv; charset=utf-8" },
  });
}

async function pointsOf(context: HttpContext): Promise<readonly TrainingPoint[]> {
  return valueOrThrow(await askTraining(context, context.req.param("id") ?? ""), NOT_TRAINED).points;
}

/** Undefined when no other run is named. */
async function comparisonOf(context: HttpContext): Promise<Comparison | undefined> {
  const id = context.req.param("id") ?? "";
  if (namedBeside(requireExport(context, ["with"]), id).length === 0) return undefined;
  const { runs }: RunList = valueOrThrow(await askRuns(context), "There are no runs.");
  const run = valueOrThrow(await askRun(context, id, runs), `There is no run "${id}" in this project.`);
  return readComparison(context, run, runs);
}

/** Each loss on the way from read to kept. */
function partsOf({ read, kept, duplicates, quarantined, dropped, bytes }: DropReport): Cell[][] {
  return [
    ["read", read, bytes.read],
    ...Object.keys(dropped).map((reason) => [reason, dropped[reason], bytes.dropped[reason]]),
    ["duplicates", duplicates, bytes.duplicates],
    ["kept", kept, bytes.kept],
    ["quarantined", quarantined, bytes.quarantined],
  ];
}

function stageCells({ stage, computeMs, exchangeMs }: NodeActivity): Cell[] {
  if (stage === undefined) return STAGE_COLUMNS.map(() => undefined);
  const { index, of, leaves, waitMs } = stage;
  const share = waitMs / Math.max(1, computeMs + exchangeMs);
  return [index + 1, of, layersOf(stage), leaves, waitMs, share, leastWaiting(stage)];
}
