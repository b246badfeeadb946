import { type FeedbackReceipt, GiveFeedback, ModelName } from "@millrace/contracts";
import { type Http, HttpError, readJson, needs, type Peers, readQuery } from "@millrace/service";
import { z } from "zod";
import { eraseFeedback, feedbackOf, giveFeedback } from "../feedback_store.ts";

const FeedbackQuery = z.strictObject({ model: ModelName });

/** What people think of answers. */
export function feedbackRoutes(http: Http): void {
  http.post("/api/monitor/feedback", needs("viewer", "complete"), async (context) => {
    const { ports, identity } = context.var;
    const given = await readJson(context, GiveFeedback);
    await requireVersion(ports.peers, identity.project, given.model);
    const receipt: FeedbackReceipt = {
      id: await giveFeedback(ports.database.drizzle, identity, given, ports.now()),
    };
    return context.json(receipt, 201);
  });

  http.get("/api/monitor/feedback", needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const { model } = readQuery(context, FeedbackQuery);
    return context.json(await feedbackOf(ports.database.drizzle, identity.project, model));
  });

  http.delete("/api/monitor/feedback/:id", needs("viewer", "complete"), async (context) => {
    const { ports, identity } = context.var;
    const id = context.req.param("id");
    if (!(await eraseFeedback(ports.database.drizzle, identity, id))) {
      throw new HttpError(404, "not_found", `erasing feedback "${id}": there is none that you may erase`);
    }
    return context.body(null, 204);
  });
}

/** @throws {HttpError} 404 if the registry knows no such version of the project. */
async function requireVersion(peers: Peers, project: string, answeredBy: string): Promise<void> {
  const [model = "", version = ""] = answeredBy.split("@");
  const path = `/api/registry/models/${encodeURIComponent(model)}/versions/${version}`;
  const request = new Request(`http://registry${path}`, { headers: { "millrace-project": project } });
  const { status } = await peers.fetch("registry", request);
  if (status === 404) throw new HttpError(404, "not_found", `rating an answer: ${answeredBy} is no version here`);
  if (status !== 200) throw new Error(`asking the registry for ${answeredBy}: found status ${status}, wanted 200`);
}
