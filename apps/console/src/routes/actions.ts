/** What a user can do with a run. */
import type { Http, HttpContext } from "@millrace/service";
import { z } from "zod";
import { tell, valueOrThrow } from "../ask.ts";
import type { Site } from "./page_context.ts";
import { addPost } from "./post_route.ts";

const Accepted = z.object({ runId: z.string() });

export function actionRoutes(http: Http, site: Site): void {
  const addAction = (path: string, act: (context: HttpContext, runId: string) => Promise<string>): void =>
    addPost(http, site, path, async (context) => {
      const runId = encodeURIComponent(context.req.param("id") ?? "");
      return context.redirect(`/runs/${await act(context, runId)}`, 303);
    });

  addAction("/runs/:id/cancel", async (context, runId) => {
    const body = { reason: `cancelled in the console by ${context.var.identity.name}` };
    return valueOrThrow(await tell(context, "automation", `/api/automation/runs/${runId}/cancel`, body, Accepted))
      .runId;
  });

  addAction("/runs/:id/resume", async (context, runId) => {
    return valueOrThrow(await tell(context, "automation", `/api/automation/runs/${runId}/resume`, {}, Accepted)).runId;
  });
}
