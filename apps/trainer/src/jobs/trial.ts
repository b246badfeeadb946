import {
  BaseModel,
  EVENTS,
  problemsOf,
  Recipe,
  SearchedValues,
  type SearchSection,
  type StageFailure,
  TokenManifest,
  withValues,
} from "@millrace/contracts";
import { type Report, shouldStop, type Trial } from "@millrace/search";
import { defineJob, type EffectContext, type JobContext, type JobKind } from "@millrace/service";
import { z } from "zod";
import { trainOrBeginAnew } from "../begin_anew.ts";
import { planJob } from "../plan_job.ts";
import { readJsonArtifact } from "../read_json_artifact.ts";
import { advanceSearch, TRIAL } from "../search/advance.ts";
import { knownTo } from "../search/known_trials.ts";
import { endTrial, listTrials, lockSearch, trialIdOf } from "../search/search_store.ts";
import { prunerOf } from "../search/settings.ts";
import type { TrainerOptions } from "../trainer_options.ts";
import { trainingDevice } from "../training_device.ts";
import type { Validation } from "../training_job.ts";
import { settingsOf } from "./train.ts";

/** As many as a recipe may have at once. */
const MOST_AT_ONCE = 4;

const Input = z.strictObject({ ...EVENTS.trainingSearch.schema.shape, number: z.int().nonnegative() });
type Input = z.infer<typeof Input>;

/** How a trial ended, and the recipe of its run. */
interface TrialEnd {
  readonly state: "completed" | "stopped" | "failed";
  readonly objective: number | null;
  readonly reports: Report[];
  readonly detail: string | null;
}

/** Its validations put it behind the others. */
class FallenBehind extends Error {
  override readonly name = "FallenBehind";
}

/** Trains one trial of a search; run again, it goes on from its last checkpoint. */
export function trialJob(options: TrainerOptions): JobKind {
  return defineJob({
    kind: TRIAL,
    version: 1,
    concurrency: MOST_AT_ONCE,
    input: Input,
    async run({ input, generation }, context): Promise<{ end: TrialEnd; recipe: Recipe }> {
      const recipe = await readJsonArtifact(context.artifacts, input.recipe.sha256, Recipe);
      return { end: await runTrial(input, recipe, generation, context, options), recipe };
    },
    completed: ({ end, recipe }, context, { input }) => finish(input, end, recipe, context),
    async failed({ message }, context, { input }) {
      const recipe = await readJsonArtifact(context.artifacts, input.recipe.sha256, Recipe);
      await finish(input, failure(message), recipe, context);
    },
  });
}

function failure(message: string): TrialEnd {
  return { state: "failed", objective: null, reports: [], detail: message };
}

async function finish(
  { runId, attempt, number }: Input,
  { state, objective, reports, detail }: TrialEnd,
  recipe: Recipe,
  context: EffectContext,
): Promise<void> {
  const { db, project } = context;
  const search = await lockSearch(db, project, runId);
  // Another attempt trains it now.
  if (search?.attempt !== attempt) return;
  await endTrial(db, project, runId, number, { state, objective, reports });
  const trial = (await listTrials(db, project, runId)).find((one) => one.number === number);
  context.output(`trial ${number}`, EVENTS.trialCompleted, {
    runId,
    number,
    trialId: trialIdOf(runId, number),
    values: SearchedValues.parse(trial?.values),
    state,
    objective,
    step: reports.at(-1)?.step ?? 0,
    detail: detail === null ? null : detail.slice(0, 500),
  });
  await advanceSearch(context, search, recipe);
}

async function runTrial(
  input: Input,
  recipe: Recipe,
  claim: number,
  context: JobContext,
  options: TrainerOptions,
): Promise<TrialEnd> {
  const { runId, number, tokenized } = input;
  const { artifacts, database, project } = context;
  const trials = await listTrials(database.drizzle, project, runId);
  const { values } = trials[number]!;
  const written = withValues(recipe, values);
  const own = Recipe.safeParse(written);
  if (!own.success)
    return failure(
      problemsOf(own.error, written, Recipe)
        .map(({ message }) => message)
        .join("; "),
    );
  const manifest = await readJsonArtifact(artifacts, tokenized.sha256, TokenManifest);
  const base = input.base && (await readJsonArtifact(artifacts, input.base.manifest.sha256, BaseModel));
  const trialId = trialIdOf(runId, number);
  const device = await trainingDevice(own.data, options.findWebGpu, base);
  if (typeof device === "object") return failure(device.message);
  const planned = await planJob(trialId, own.data, manifest, base, device);
  if ("code" in planned) return failure(planned.message);
  const { config, parameters, train } = planned;
  const { parallel } = recipe.search!;
  const judge = judgeOf(recipe.search!, planned, knownTo(number, parallel, trials).filter(isEnded));
  const stop = new AbortController();
  let reports: Report[] = [];
  try {
    const trained = await trainOrBeginAnew(
      planned,
      {
        runId: trialId,
        claim,
        started(fingerprint) {
          const { nodes, steps, ...rest } = train;
          const run = { config, parameters, steps, nodes, settings: settingsOf(rest, device), fingerprint };
          const trial = { run: runId, number, values: { ...values } };
          return context.emit("the trial", EVENTS.trainingStarted, { runId: trialId, ...run, tokenized, trial });
        },
        // Nobody trains a trial further but this job.
        checkpointed: async () => {},
        stepped: async () => {},
        validated(validations) {
          if (stop.signal.aborted) return;
          reports = reportsOf(validations);
          if (judge(reports)) stop.abort(new FallenBehind());
        },
      },
      { ...context, signal: AbortSignal.any([context.signal, stop.signal]) },
      // The trials at its side have nodes of their own.
      { ...options, nodesFor: (request) => options.nodesFor({ ...request, nodes: request.nodes * parallel }) },
    );
    if ("code" in trained) return failure((trained satisfies StageFailure).message);
    const objective = trained.validationLoss;
    return { state: "completed", objective, reports: reportsOf(trained.checkpoint.resume.validations), detail: null };
  } catch (error) {
    if (context.signal.aborted || !(error instanceof FallenBehind)) throw error;
    const { step, value } = reports.at(-1)!;
    const detail = `fell behind at step ${step} with a validation loss of ${value.toFixed(4)}`;
    return { state: "stopped", objective: null, reports, detail };
  }
}

function isEnded({ state }: Trial): boolean {
  return state !== "running";
}

function reportsOf(validations: readonly Validation[]): Report[] {
  return validations.map(({ step, loss }) => ({ step, value: loss }));
}

/** Says whether a trial is to be given up. At its last step it has come to its end anyhow. */
function judgeOf(
  section: SearchSection,
  { train: { steps, validateEvery } }: { readonly train: { readonly steps: number; readonly validateEvery: number } },
  others: readonly Trial[],
): (reports: readonly Report[]) => boolean {
  const pruner = prunerOf(section, validateEvery);
  if (pruner === undefined) return () => false;
  return (reports) => reports.at(-1)!.step < steps && shouldStop(pruner, reports, others);
}
