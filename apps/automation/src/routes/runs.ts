import { CancelRun, EVENTS, isFinal, StartRun, uuidV5 } from "@millrace/contracts";
import {
  type Command,
  type Http,
  type HttpContext,
  HttpError,
  readJson,
  readQuery,
  needs,
  runCommand,
} from "@millrace/service";
import { z } from "zod";
import { hasStopped, lockRun, planAttempt } from "../advance.ts";
import { planRun } from "../plan_run.ts";
import { refuseImpossible } from "../possible_recipe.ts";
import { reportWithoutCorpus } from "../ask_report.ts";
import { askRoom, requireRoom } from "../room.ts";
import { newestEvents } from "../run_events.ts";
import { findRun, listRuns, listUnderWay, type StoredRun } from "../store.ts";
import { forgottenSince } from "../unforgotten.ts";
import { runView, summaryOf } from "../views.ts";

const BASE = "/api/automation/runs";
const MOST_RUNS = 200;
/** A long run tells more than a process should hold. */
const MOST_EVENTS = 5000;
/** The newest runs, of all or of those with a text in their name, their id, or at the beginning of their recipe's hash; or all under way. */
const Which = z.union([
  z.strictObject({ underWay: z.literal("true") }),
  z.strictObject({ text: z.string().min(1).max(200).optional() }),
]);

/**
 * Runs over HTTP: start, list, look, cancel, resume.
 * @param endpoint Base URL of the OpenAI-compatible API, for summaries.
 */
export function runRoutes(endpoint: () => string): (http: Http) => void {
  return (http) => {
    http.post(BASE, needs("operator", "train"), async (context) => {
      const { recipe, idempotencyKey } = await readJson(context, StartRun);
      refuseImpossible(recipe);
      const { project } = context.var.identity;
      const id = await uuidV5(JSON.stringify(["run", project, idempotencyKey]));
      const runId = `run-${id.slice(0, 8)}`;
      const room = await askRoom(await context.var.limits(), context.var.artifacts);
      const bytes = new TextEncoder().encode(JSON.stringify(recipe));
      const stored = await context.var.artifacts.put(bytes, "application/json");
      const command = { name: "start_run", version: 1, idempotencyKey, correlationId: runId, subject: runId };
      await runCommand(context, command, async (effect) => {
        await requireRoom(effect.db, project, room);
        if (!(await planRun(effect, { id: runId, name: recipe.name, recipe, recipeRef: stored }))) {
          const found = `found its id, ${runId}, in use by another run; wanted another idempotency key`;
          throw new HttpError(409, "conflict", `starting a run: ${found}`);
        }
        effect.output("start", EVENTS.pipelineStart, { runId, name: recipe.name, recipe: stored });
      });
      return context.json({ runId }, 202);
    });

    http.get(BASE, needs("viewer", "read"), async (context) => {
      const { ports, identity } = context.var;
      const db = ports.database.drizzle;
      const which = readQuery(context, Which);
      const found = await ("underWay" in which
        ? listUnderWay(db, identity.project)
        : listRuns(db, identity.project, MOST_RUNS, which.text));
      return context.json({ runs: found.map(({ run, stages }) => runView(run, stages, ports.now())) });
    });

    http.get(`${BASE}/:id`, needs("viewer", "read"), async (context) => {
      const { run, stages } = await requireRun(context);
      return context.json(runView(run, stages, context.var.ports.now()));
    });

    http.get(`${BASE}/:id/recipe`, needs("viewer", "read"), async (context) =>
      context.json((await requireRun(context)).run.recipe),
    );

    http.get(`${BASE}/:id/summary`, needs("viewer", "read"), async (context) => {
      const found = await requireRun(context);
      const { ports } = context.var;
      return context.json(summaryOf(found, endpoint(), await reportWithoutCorpus(ports.peers, found), ports.now()));
    });

    http.get(`${BASE}/:id/events`, needs("viewer", "read"), async (context) => {
      const { run } = await requireRun(context);
      return context.json({ events: await newestEvents(context.var.ports.bus, run, MOST_EVENTS) });
    });

    http.post(`${BASE}/:id/cancel`, needs("operator", "train"), async (context) => {
      const { run } = await requireRun(context);
      const { reason } = await readJson(context, CancelRun);
      if (isFinal(run.state)) throw new HttpError(409, "conflict", `cancelling ${run.id}: it is ${run.state} already`);
      await runCommand(context, once("cancel_run", run), async (effect) => {
        effect.output("cancel", EVENTS.pipelineCancel, { runId: run.id, reason });
      });
      return context.json({ runId: run.id }, 202);
    });

    http.post(`${BASE}/:id/resume`, needs("operator", "train"), async (context) => {
      const { run } = await requireRun(context);
      if (!hasStopped(run)) {
        throw new HttpError(409, "conflict", `resuming ${run.id}: it is ${run.state}, wanted failed or cancelled`);
      }
      const forgotten = await forgottenSince(context.var.ports.peers, run);
      if (forgotten !== undefined) throw new HttpError(409, "conflict", `resuming ${run.id}: ${forgotten}`);
      const room = await askRoom(await context.var.limits(), context.var.artifacts);
      await runCommand(context, once("resume_run", run), async (effect) => {
        await requireRoom(effect.db, run.project, room);
        const stopped = await lockRun(effect, run.id);
        if (stopped === undefined || !hasStopped(stopped)) return;
        const attempt = await planAttempt(effect, stopped);
        effect.output("resume", EVENTS.pipelineResume, { runId: run.id, attempt });
      });
      return context.json({ runId: run.id }, 202);
    });
  };
}

/** One cancel and one resume an attempt: pressing the button twice is pressing it once. */
function once(name: string, { id, attempt }: { id: string; attempt: number }): Command {
  return { name, version: 1, idempotencyKey: `${id} ${attempt}`, correlationId: id, subject: id };
}

async function requireRun(context: HttpContext): Promise<StoredRun> {
  const id = context.req.param("id") ?? "";
  const found = await findRun(context.var.ports.database.drizzle, context.var.identity.project, id);
  if (!found) throw new HttpError(404, "not_found", `looking for run "${id}": there is none in this project`);
  return found;
}
