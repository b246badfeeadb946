/** What a user can do with a run: forms that post, so that they work without a script. */
import { type Http, type HttpContext, requireRole } from "@millrace/service";
import { z } from "zod";
import { required, tell } from "../ask.ts";
import { refusalPage, sendPage, type Site } from "./page_context.ts";

const Accepted = z.object({ runId: z.string() });

export function actionRoutes(http: Http, site: Site): void {
  const addAction = (path: string, act: (context: HttpContext, runId: string) => Promise<string>): void => {
    http.post(path, async (context) => {
      if (context.var.identity === undefined) return context.redirect("/login", 303);
      try {
        requireRole(context, "operator");
        return context.redirect(`/runs/${await act(context, encodeURIComponent(context.req.param("id") ?? ""))}`, 303);
      } catch (error) {
        return sendPage(context, site, refusalPage(context, error));
      }
    });
  };

  addAction("/runs/:id/cancel", async (context, runId) => {
    const body = { reason: `cancelled in the console by ${context.var.identity.name}` };
    return required(await tell(context, "automation", `/api/automation/runs/${runId}/cancel`, body, Accepted)).runId;
  });

  addAction("/runs/:id/resume", async (context, runId) => {
    return required(await tell(context, "automation", `/api/automation/runs/${runId}/resume`, {}, Accepted)).runId;
  });
}
