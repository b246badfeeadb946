/** The playground: a form that works without a script; with one, answers come as they are made. */
import { problemsOf, RouteList, ServingPackage, VerbatimSpans, VersionView } from "@millrace/contracts";
import { actingFor, type Http, type HttpContext, HttpError } from "@millrace/service";
import { z } from "zod";
import { type Answer, ask, tell, valueOf } from "../ask.ts";
import { code, playgroundPage } from "../pages/playground.ts";
import { givenAnswer, type Outcome } from "../pages/playground_answer.ts";
import { readAnswer } from "../playground/answer.ts";
import { Asked, requestFor, type Side, SIDES, versionOfNgrams } from "../playground/asked.ts";
import { addPage, askRuns, type Page, sendPage, type Site, traceId } from "./page_context.ts";
import { addPost } from "./post_route.ts";

/** What a script asks for when an answer has ended. */
const Ended = z.object({ side: z.enum(SIDES), model: z.string().max(320), text: z.string().max(20_000) });

/** Versions that are looked into for the length of their context and a chat template. */
const MOST_LOOKED_INTO = 20;

/** Tokens that are asked for at first, where half of a context has room for as many. */
const MOST_AT_FIRST = 64;

/** @param publicAddress Base address that browsers use. */
export function playgroundRoutes(http: Http, site: Site, publicAddress: () => string): void {
  const baseUrl = (): string => `${publicAddress()}/v1`;
  // Asking a model changes nothing.
  const post = (path: string, act: (context: HttpContext) => Promise<Response>): void =>
    addPost(http, site, path, act, "viewer");
  const NONE = { left: { kind: "waiting" }, right: { kind: "waiting" } } as const;

  addPage(http, site, "/playground", async (context) => {
    const { asked, problem } = readAsked(context.req.query());
    return asPage(context, asked, problem, NONE, baseUrl());
  });

  post("/playground", async (context) => {
    const { asked, problem } = readAsked(await context.req.parseBody());
    if (problem !== undefined) {
      return sendPage(context, site, { ...(await asPage(context, asked, problem, NONE, baseUrl())), status: 422 });
    }
    const [left, right] = await Promise.all(SIDES.map((side) => outcomeOf(context, asked, asked[side])));
    const outcomes = { left: left ?? NONE.left, right: right ?? NONE.right };
    return sendPage(context, site, await asPage(context, asked, undefined, outcomes, baseUrl()));
  });

  // For the script: the gateway's own stream, asked for in the project of the session.
  post("/playground/answer", async (context) => {
    const form = await context.req.parseBody();
    const { asked, problem } = readAsked(form);
    const side = SIDES.find((one) => one === form["side"]);
    const model = side === undefined ? undefined : asked[side];
    if (problem !== undefined || model === undefined) {
      const message = problem ?? "asking a version: found no side with a version in the form";
      return context.json({ error: { message } }, 422);
    }
    const response = await askModel(context, asked, model);
    const mediaType = response.headers.get("content-type") ?? "text/event-stream";
    return new Response(response.body, { status: response.status, headers: { "content-type": mediaType } });
  });

  post("/playground/verbatim", async (context) => {
    const form = Ended.safeParse(await context.req.parseBody());
    if (!form.success) throw new HttpError(400, "invalid_request", "marking an answer: found no side, model and text");
    const { side, model, text } = form.data;
    return context.html(givenAnswer(side, text, await askVerbatim(context, model, text), traceId(context)));
  });

  post("/playground/code", async (context) => {
    const { asked } = readAsked(await context.req.parseBody());
    return context.html(code(baseUrl(), asked));
  });
}

/** What is asked; where that is no question the problem is told, and what can be kept of it is. */
function readAsked(given: Record<string, unknown>): { asked: Asked; problem: string | undefined } {
  const whole = Asked.safeParse(given);
  if (whole.success) return { asked: whole.data, problem: undefined };
  const problem = problemsOf(whole.error, given, Asked)
    .map(({ message }) => message)
    .join("; ");
  const good = Object.entries(given).filter(([name]) => !whole.error.issues.some(({ path }) => path[0] === name));
  // What two fields say together is looked at only where each is good: so once more, and each time with less.
  return { asked: readAsked(Object.fromEntries(good)).asked, problem };
}

async function asPage(
  context: HttpContext,
  given: Asked,
  problem: string | undefined,
  outcomes: Readonly<Record<Side, Outcome>>,
  baseUrl: string,
): Promise<Page> {
  const [runs, routes] = await Promise.all([
    askRuns(context),
    ask(context, "inference", "/api/inference/routes", RouteList),
  ]);
  const served = valueOf(routes)?.routes ?? [];
  const known = await askVersions(context, served);
  const left = given.left ?? mostServed(served);
  const chosen = known.filter(({ name }) => name === left || name === given.right);
  const mostAtFirst = Math.min(MOST_AT_FIRST, ...chosen.map(({ contextLength }) => Math.floor(contextLength / 2)));
  const body = playgroundPage({
    routes,
    asked: { ...given, left, maxTokens: given.maxTokens ?? mostAtFirst },
    chatting: known.filter(({ chats }) => chats).map(({ name }) => name),
    outcomes,
    problem,
    baseUrl,
    traceId: traceId(context),
  });
  return { title: "Playground", place: "playground", body, runs: valueOf(runs)?.runs, scripts: ["playground.js"] };
}

/** The version that most requests go to. */
function mostServed(served: RouteList["routes"]): string | undefined {
  const [first] = served.toSorted((left, right) => right.percent - left.percent);
  return first === undefined ? undefined : `${first.model}@${first.version}`;
}

/** What the form goes by. */
interface KnownVersion {
  /** `<name>@<version>` */
  readonly name: string;
  readonly contextLength: number;
  readonly chats: boolean;
}

/** What can be read of the served versions. Chat with others is not offered: the gateway would say so in words. */
async function askVersions(context: HttpContext, served: RouteList["routes"]): Promise<KnownVersion[]> {
  const found = await Promise.all(
    served.slice(0, MOST_LOOKED_INTO).map(async ({ model, version }) => {
      const path = `/api/registry/models/${encodeURIComponent(model)}/versions/${version}`;
      const view = valueOf(await ask(context, "registry", path, VersionView));
      if (view === undefined) return [];
      const packed = `/api/registry/artifacts/${view.package?.sha256}`;
      const held = view.package === null ? undefined : valueOf(await ask(context, "registry", packed, ServingPackage));
      const { contextLength } = view.config;
      return [{ name: `${model}@${version}`, contextLength, chats: held?.chatTemplate !== undefined }];
    }),
  );
  return found.flat();
}

async function outcomeOf(context: HttpContext, asked: Asked, model: string | undefined): Promise<Outcome> {
  if (model === undefined) return { kind: "waiting" };
  const { now } = context.var.ports;
  const sentAt = now();
  try {
    const answer = await readAnswer(await askModel(context, asked, model), now, sentAt);
    if ("refused" in answer) return { kind: "refused", message: answer.refused };
    return { kind: "answered", answer, verbatim: await askVerbatim(context, model, answer.text) };
  } catch (error) {
    context.var.ports.log.warn("a model does not answer", { model, error });
    return { kind: "refused", message: `${model} does not answer (${error instanceof Error ? error.message : error})` };
  }
}

/** Both answer with a stream in OpenAI's form: the gateway for versions, feature for what counting gives. */
function askModel(context: HttpContext, asked: Asked, model: string): Promise<Response> {
  const counted = versionOfNgrams(model);
  if (counted !== undefined) {
    const { prompt, maxTokens, temperature, seed } = asked;
    return stream(context, "feature", "/api/feature/ngrams", { model: counted, prompt, maxTokens, temperature, seed });
  }
  const { path, body } = requestFor(model, asked);
  return stream(context, "inference", path, { ...body, stream: true, stream_options: { include_usage: true } });
}

function stream(context: HttpContext, service: "inference" | "feature", path: string, body: object): Promise<Response> {
  const { ports, identity, traceparent } = context.var;
  const request = new Request(new URL(path, "http://peer"), {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...actingFor(identity), traceparent },
    // Who leaves is not answered to the end.
    signal: context.req.raw.signal,
  });
  return ports.peers.fetch(service, request);
}

/** An answer that was cut may end in half a character, which is no text to anybody else. */
function askVerbatim(context: HttpContext, name: string, text: string): Promise<Answer<VerbatimSpans>> {
  const model = versionOfNgrams(name) ?? name;
  return tell(context, "feature", "/api/feature/verbatim", { model, text: text.toWellFormed() }, VerbatimSpans);
}
