/** Running again with changes: a form that works without a script; with one, it is checked while it is edited. */
import { Recipe, RunView, StartedRun, uuidV5 } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, requireRole } from "@millrace/service";
import { z } from "zod";
import { ask, tell, valueOf, valueOrThrow } from "../ask.ts";
import { readEdited, recipeText } from "../edited_recipe.ts";
import { type AgainData, againPage, check } from "../pages/run_again.ts";
import { addPage, askRuns, type Page, sendPage, type Site } from "./page_context.ts";
import { addPost } from "./post_route.ts";

const Form = z.object({ recipe: z.string(), key: z.uuid() });

export function againRoutes(http: Http, site: Site): void {
  addPage(http, site, "/runs/:id/again", async (context) => {
    requireRole(context, "operator", "train");
    const { run, before } = await readRun(context);
    const text = recipeText(before);
    return asPage(context, { run, before, text, edited: { ok: true, recipe: before }, key: crypto.randomUUID() });
  });

  addPost(http, site, "/runs/:id/again/check", async (context) => {
    const data = await readForm(context);
    // The script asks for the part alone.
    if (context.req.header("accept") === "text/html;part=check") return context.html(check(data));
    return sendPage(context, site, await asPage(context, data));
  });

  addPost(http, site, "/runs/:id/again", async (context) => {
    const data = await readForm(context);
    if (!data.edited.ok) return sendPage(context, site, { ...(await asPage(context, data)), status: 422 });
    const { recipe } = data.edited;
    // The key of the form and what it holds: pressing twice is one run, another change another.
    const idempotencyKey = await uuidV5(JSON.stringify(["again", data.key, recipe]));
    const started = await tell(context, "automation", "/api/automation/runs", { recipe, idempotencyKey }, StartedRun);
    if (started.kind === "found") return context.redirect(`/runs/${encodeURIComponent(started.value.runId)}`, 303);
    const refusal = started.kind === "failed" ? started.failure.found : "automation starts no runs here";
    return sendPage(context, site, { ...(await asPage(context, { ...data, refusal })), status: 409 });
  });
}

async function readRun(context: HttpContext): Promise<{ run: RunView; before: Recipe }> {
  const path = `/api/automation/runs/${encodeURIComponent(context.req.param("id") ?? "")}`;
  const [run, before] = await Promise.all([
    ask(context, "automation", path, RunView),
    ask(context, "automation", `${path}/recipe`, Recipe),
  ]);
  return { run: valueOrThrow(run), before: valueOrThrow(before) };
}

async function readForm(context: HttpContext): Promise<AgainData> {
  const form = Form.safeParse(await context.req.parseBody());
  if (!form.success) {
    throw new HttpError(400, "invalid_request", "Starting the run again: found no recipe and key; reload the page.");
  }
  const { run, before } = await readRun(context);
  // Browsers send line ends as \r\n.
  const text = form.data.recipe.replaceAll("\r\n", "\n");
  return { run, before, text, edited: readEdited(text, before), key: form.data.key };
}

async function asPage(context: HttpContext, data: AgainData): Promise<Page> {
  const runs = valueOf(await askRuns(context))?.runs;
  const title = `Run ${data.run.name} again`;
  return { title, place: "runs", body: againPage(data), runs, scripts: ["again.js"] };
}
