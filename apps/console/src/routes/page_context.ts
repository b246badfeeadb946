/** What every page route shares: who asks, the frame, refusals as pages. */
import { RunList, RunView } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, type Mode } from "@millrace/service";
import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { parse } from "hono/utils/cookie";
import { type Answer, ask } from "../ask.ts";
import { badge, type Html } from "../html.ts";
import { type Frame, RAILS, type Theme, THEMES } from "../frame/frame.ts";
import { layout } from "../layout.ts";

/** What all pages of this installation have in common. */
export interface Site {
  /** Base path of scripts and styles. */
  readonly assets: string;
  readonly mode: Mode;
}

/** What a page gives to be framed. */
export interface Page {
  readonly title: string;
  readonly place: Frame["place"];
  /** A function is called once the frame is sent; what it throws stands in its place. */
  readonly body: Html | (() => Promise<Html>);
  readonly runs: readonly RunView[] | undefined;
  readonly liveRun?: string | undefined;
  readonly query?: string;
  readonly scripts?: readonly string[];
  readonly status?: ContentfulStatusCode;
}

/** Adds a page: senders without a session are led to the login page, refusals become pages. */
export function addPage(http: Http, site: Site, path: string, read: (context: HttpContext) => Promise<Page>): void {
  http.get(path, async (context) => {
    if (context.var.identity === undefined) return context.redirect("/login", 303);
    return sendPage(context, site, await read(context).catch((error: unknown) => refusalPage(context, error)));
  });
}

/** Puts a page into its frame, which is sent at once. */
export async function sendPage(
  context: HttpContext,
  site: Site,
  { status = 200, body, ...rest }: Page,
): Promise<Response> {
  const { pathname, search } = new URL(context.req.url);
  const { project, name, role } = context.var.identity;
  const frame: Frame = {
    ...rest,
    project,
    user: name,
    role,
    mode: site.mode,
    theme: themeOf(context),
    rail: RAILS.find((width) => width === cookieOf(context, "millrace_rail")) ?? "wide",
    commandKey: /Mac|iPhone|iPad/.test(context.req.header("user-agent") ?? "") ? "⌘" : "Ctrl",
    path: pathname + search,
    nowMs: context.var.ports.now(),
    assets: site.assets,
  };
  const read = async (): Promise<Html> => {
    if (typeof body !== "function") return body;
    await frameSent();
    return body().catch((error: unknown) => refusalPage(context, error).body);
  };
  const [before, after] = await layout(frame);
  const parts = inOrder([() => before, read, () => after]);
  return context.body(parts, status, { "content-type": "text/html; charset=UTF-8" });
}

/** Each part is made when those before it were taken. */
function inOrder(parts: readonly (() => string | Promise<Html>)[]): ReadableStream<Uint8Array> {
  const left = parts.values();
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value: make } = left.next();
      if (make === undefined) controller.close();
      else controller.enqueue(encoder.encode(String(await make())));
    },
  });
}

/** Two turns: where all services are one process, reading from them leaves none, in which the server waits for more and then sends. */
async function frameSent(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve));
}

/** A refusal as a page. What is no refusal is our fault: the log has it, the page its trace. */
export function refusalPage(context: HttpContext, error: unknown): Page & { readonly body: Html } {
  if (!(error instanceof HttpError)) {
    context.var.log.error("a page failed", { path: context.req.path, error });
    return apology(context, 500, "This page broke", "The fault is ours; the log has more under this trace.");
  }
  const title = error.status === 404 ? "Not here" : "This could not be done";
  return apology(context, error.status as ContentfulStatusCode, title, error.message);
}

function apology(
  context: HttpContext,
  status: ContentfulStatusCode,
  title: string,
  sentence: string,
): ReturnType<typeof refusalPage> {
  const body = html`<section class="lead">
    <h1>${title}</h1>
    <p>${badge(status === 404 ? "idle" : "failed", sentence)}</p>
    <p><a href="/">Go home</a> · trace <code>${traceId(context)}</code></p>
  </section>`;
  return { title, place: undefined, body, runs: undefined, status };
}

export function themeOf(context: HttpContext): Theme {
  const written = cookieOf(context, "millrace_theme");
  return THEMES.find((theme) => theme === written) ?? "system";
}

function cookieOf(context: HttpContext, name: string): string | undefined {
  return parse(context.req.header("cookie") ?? "", name)[name];
}

/** Trace id of the request, as the log has it. */
export function traceId(context: HttpContext): string {
  return context.var.traceparent.split("-")[1] ?? "";
}

/** A run by its id, also one that is too old to be among those that pages list. */
export async function askRun(
  context: HttpContext,
  id: string,
  listed: readonly RunView[] | undefined,
): Promise<Answer<RunView>> {
  const run = listed?.find((one) => one.id === id);
  if (run !== undefined) return { kind: "found", value: run };
  return ask(context, "automation", `/api/automation/runs/${encodeURIComponent(id)}`, RunView);
}

/** The newest 200 runs of the project. */
export function askRuns(context: HttpContext): Promise<Answer<RunList>> {
  return ask(context, "automation", "/api/automation/runs", RunList);
}
