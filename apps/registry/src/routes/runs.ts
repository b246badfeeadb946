import type { TrainingRunView, TrialList } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { type Http, HttpError, needs } from "@millrace/service";
import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import { downsample } from "../downsample.ts";
import { checkpoints, nodeActivity, nodeChanges, trainingPoints, trainingRuns, trials } from "../tables.ts";

const DEFAULT_POINTS = 1000;

/** Training runs over HTTP. */
export function runRoutes(http: Http): void {
  http.get("/api/registry/runs/:run", needs("viewer", "read"), async (context) => {
    const { project } = context.var.identity;
    const db = context.var.ports.database.drizzle;
    const id = context.req.param("run");
    const most = mostOf(context.req.query("points"));
    const [run] = await db
      .select()
      .from(trainingRuns)
      .where(and(eq(trainingRuns.project, project), eq(trainingRuns.runId, id)));
    if (!run) throw new HttpError(404, "not_found", `looking for the training of run "${id}": it has not begun`);
    const pointsOf = (of: string) =>
      db
        .select({ point: trainingPoints.point })
        .from(trainingPoints)
        .where(and(eq(trainingPoints.project, project), eq(trainingPoints.runId, of)))
        .orderBy(asc(trainingPoints.step));
    const own = await pointsOf(id);
    // The model of a search is its best trial's: nothing was trained under the run's own name.
    const made = own.length > 0 ? id : ((await trialOf(db, project, id, run.settings["trial"])) ?? id);
    const points = made === id ? own : await pointsOf(made);
    const activity = await db
      .select({ activity: nodeActivity.activity })
      .from(nodeActivity)
      .where(and(eq(nodeActivity.project, project), eq(nodeActivity.runId, made)))
      .orderBy(desc(nodeActivity.step), desc(nodeActivity.node))
      .limit(most);
    const changes = await db
      .select({ detail: nodeChanges.detail })
      .from(nodeChanges)
      .where(and(eq(nodeChanges.project, project), eq(nodeChanges.runId, made)))
      .orderBy(asc(nodeChanges.generation), asc(nodeChanges.node));
    const saved = await db
      .select({ step: checkpoints.step, checkpoint: checkpoints.checkpoint })
      .from(checkpoints)
      .where(and(eq(checkpoints.project, project), eq(checkpoints.runId, id)))
      .orderBy(asc(checkpoints.step));
    const { project: _project, createdAt: _createdAt, ...rest } = run;
    const view: TrainingRunView = {
      ...rest,
      points: downsample(
        points.map(({ point }) => point),
        most,
      ),
      activity: activity.map((row) => row.activity).reverse(),
      changes: changes.map(({ detail }) => detail),
      checkpoints: saved,
    };
    return context.json(view);
  });

  http.get("/api/registry/runs/:run/trials", needs("viewer", "read"), async (context) => {
    const { project } = context.var.identity;
    const db = context.var.ports.database.drizzle;
    const ofRun = and(eq(trials.project, project), eq(trials.runId, context.req.param("run")));
    const rows = await db.select().from(trials).where(ofRun).orderBy(asc(trials.number));
    const loss = sql<number>`(${trainingPoints.point}->>'validationLoss')::float8`;
    const validations = await db
      .select({ trialId: trials.trialId, step: trainingPoints.step, loss })
      .from(trials)
      .innerJoin(
        trainingPoints,
        and(eq(trainingPoints.project, trials.project), eq(trainingPoints.runId, trials.trialId)),
      )
      .where(and(ofRun, isNotNull(loss)))
      .orderBy(asc(trainingPoints.step));
    const byTrial = Map.groupBy(validations, ({ trialId }) => trialId);
    const view: TrialList = {
      trials: rows.map(({ number, trialId, values, state, objective, detail }) => {
        const own = (byTrial.get(trialId) ?? []).map((point) => ({ step: point.step, loss: point.loss }));
        return { number, trialId, values, state, objective, detail, validations: own };
      }),
    };
    return context.json(view);
  });
}

/** The training run of a trial of a run's search. */
async function trialOf(db: Queries, project: string, runId: string, number: unknown): Promise<string | undefined> {
  if (typeof number !== "number") return undefined;
  const [trial] = await db
    .select({ trialId: trials.trialId })
    .from(trials)
    .where(and(eq(trials.project, project), eq(trials.runId, runId), eq(trials.number, number)));
  return trial?.trialId;
}

function mostOf(written: string | undefined): number {
  if (written === undefined) return DEFAULT_POINTS;
  const points = Number(written);
  if (!Number.isInteger(points) || points < 2 || points > 5000) {
    throw new HttpError(400, "invalid_request", `points: expected an integer from 2 to 5000, found "${written}"`);
  }
  return points;
}
