/** What every page route shares: who asks, the frame, refusals as pages. */
import { RunList, type RunView } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError } from "@millrace/service";
import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { parse } from "hono/utils/cookie";
import { type Answer, ask } from "../ask.ts";
import { badge, type Html } from "../html.ts";
import { type Frame, layout, type Theme, THEMES } from "../layout.ts";

/** What a page gives to be framed. */
export interface Page {
  readonly title: string;
  readonly place: Frame["place"];
  readonly body: Html;
  readonly runs: readonly RunView[] | undefined;
  readonly liveRun?: string | undefined;
  readonly query?: string;
  readonly scripts?: readonly string[];
  readonly status?: ContentfulStatusCode;
}

/** Adds a page: senders without a session are led to the login page, refusals become pages. */
export function addPage(http: Http, assets: string, path: string, read: (context: HttpContext) => Promise<Page>): void {
  http.get(path, async (context) => {
    if (context.var.identity === undefined) return context.redirect("/login", 303);
    return sendPage(context, assets, await read(context).catch((error: unknown) => refusalPage(context, error)));
  });
}

/** Puts a page into its frame. */
export function sendPage(
  context: HttpContext,
  assets: string,
  { status = 200, body, ...rest }: Page,
): Response | Promise<Response> {
  const { pathname, search } = new URL(context.req.url);
  const { project, name } = context.var.identity;
  const frame: Frame = { ...rest, project, user: name, theme: themeOf(context), path: pathname + search, assets };
  return context.html(layout(frame, body), status);
}

/** A refusal as a page. What is no refusal is our fault: the log has it, the page its trace. */
export function refusalPage(context: HttpContext, error: unknown): Page {
  if (!(error instanceof HttpError)) {
    context.var.log.error("a page failed", { path: context.req.path, error });
    return apology(context, 500, "This page broke", "The fault is ours; the log has more under this trace.");
  }
  const title = error.status === 404 ? "Not here" : "This could not be done";
  return apology(context, error.status as ContentfulStatusCode, title, error.message);
}

function apology(context: HttpContext, status: ContentfulStatusCode, title: string, sentence: string): Page {
  const body = html`<section class="lead">
    <h1>${title}</h1>
    <p>${badge(status === 404 ? "idle" : "failed", sentence)}</p>
    <p><a href="/">Go home</a> · trace <code>${traceId(context)}</code></p>
  </section>`;
  return { title, place: undefined, body, runs: undefined, status };
}

export function themeOf(context: HttpContext): Theme {
  const written = parse(context.req.header("cookie") ?? "", "millrace_theme")["millrace_theme"];
  return THEMES.find((theme) => theme === written) ?? "system";
}

/** Trace id of the request, as the log has it. */
export function traceId(context: HttpContext): string {
  return context.var.traceparent.split("-")[1] ?? "";
}

/** All runs of the project, newest first. */
export function askRuns(context: HttpContext): Promise<Answer<RunList>> {
  return ask(context, "automation", "/api/automation/runs", RunList);
}
