import { LiveTraining } from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { trainingRuns } from "../tables.ts";

/** Runs over HTTP: how the one that trains now stands. */
export function runRoutes(http: Http): void {
  http.get("/api/trainer/runs/:run", needs("viewer", "read"), async (context) => {
    const id = context.req.param("run");
    const { project } = context.var.identity;
    const [row] = await context.var.ports.database.drizzle
      .select({ live: trainingRuns.live })
      .from(trainingRuns)
      .where(and(eq(trainingRuns.project, project), eq(trainingRuns.runId, id)));
    if (!row?.live) throw new HttpError(404, "not_found", `looking for the training of run "${id}": it has not begun`);
    return context.json(LiveTraining.parse(row.live));
  });
}
