import { Summary, type TrainingPoint } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { ask, valueOf } from "../ask.ts";
import { askTraining } from "./runs.ts";
import { referencesOf } from "../references.ts";

const COLUMNS = [
  "step",
  "loss",
  "validationLoss",
  "gradientNorm",
  "learningRate",
  "tokensPerSecond",
  "elapsedSeconds",
] as const;

/** Curves as CSV and JSON. */
export function exportRoutes(http: Http): void {
  http.get("/runs/:id/training.csv", async (context) => {
    const points = await pointsOf(context);
    const lines = points.map((point) => COLUMNS.map((column) => point[column] ?? "").join(","));
    const body = `${[COLUMNS.join(","), ...lines].join("\n")}\n`;
    return new Response(body, { headers: { "content-type": "text/csv; charset=utf-8" } });
  });
  http.get("/runs/:id/training.json", async (context) => {
    const points = await pointsOf(context);
    const id = encodeURIComponent(context.req.param("id"));
    const summary = valueOf(await ask(context, "automation", `/api/automation/runs/${id}/summary`, Summary));
    return context.json({ points, references: summary === undefined ? [] : referencesOf(summary) });
  });
}

async function pointsOf(context: HttpContext): Promise<readonly TrainingPoint[]> {
  if (context.var.identity === undefined)
    throw new HttpError(401, "unauthenticated", "reading a curve: found no session, wanted one");
  const answer = await askTraining(context, encodeURIComponent(context.req.param("id") ?? ""));
  if (answer.kind === "failed")
    throw new HttpError(502, "peer_failed", `${answer.failure.tried}: ${answer.failure.found}`);
  if (answer.kind === "missing") throw new HttpError(404, "not_found", "This run has not begun to train.");
  return answer.value.points;
}
