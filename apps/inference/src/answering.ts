/** Answers a request for completions: takes its places in the queue, waits for the first token, then streams or collects the rest. */
import { HttpError, type HttpContext, traceIdOf } from "@millrace/service";
import type { AnswerForm, AnswerHead } from "./answer_form.ts";
import { answerStream } from "./answer_stream.ts";
import { CLIENT_GONE } from "./client_gone.ts";
import type { Choice } from "./completion_request.ts";
import type { Retry } from "./gateway/generate_with.ts";
import type { Fleet } from "./gateway/fleet.ts";
import type { ReplicaGroup } from "./gateway/replica_group.ts";
import { type ChoiceToken, generateChoices } from "./generated.ts";
import { type Outcome, type RecordObservation, type Watch, watchRequest } from "./observation.ts";
import { refusalOfReplica, streamErrorBody } from "./openai_errors.ts";
import type { ReplicaToken } from "./replica_messages.ts";
import type { TokenBudget } from "./token_budget.ts";
import { usageOf } from "./usage.ts";
import type { ServedVersion } from "./version_store.ts";

/** Longest wait for a replica that is being started. */
const READY_MS = 30_000;

/** What a request asks for, whichever endpoint it came to. */
export interface Asked {
  readonly form: AnswerForm;
  readonly choices: readonly Choice[];
  /** Completions for each prompt. */
  readonly perPrompt: number;
  readonly isStream: boolean;
  readonly includeUsage: boolean;
}

/** What answers. */
export interface Answering {
  readonly fleet: Fleet;
  readonly record: RecordObservation;
  readonly budget: TokenBudget;
}

/**
 * Answers by one version.
 * @throws {HttpError} If there is no first token: the queue is full, no replica can be had, or the replica refuses.
 */
export async function answer(
  context: HttpContext,
  { fleet, record, budget }: Answering,
  served: ServedVersion,
  asked: Asked,
): Promise<Response> {
  const { ports, log, identity } = context.var;
  const { signal } = context.req.raw;
  const { form, isStream, perPrompt, includeUsage } = asked;
  await requireTokens(context, budget);
  const head: AnswerHead = {
    id: `${form.idPrefix}${crypto.randomUUID()}`,
    created: Math.floor(ports.now() / 1000),
    model: `${served.model}@${served.version}`,
  };
  context.header("x-millrace-version", head.model);
  // Whoever could mark requests as no users' could hide them from those who watch.
  const isSynthetic = identity.role === "admin" && context.req.header("millrace-synthetic") === "1";
  // What another service asks to try a version out is not the users' use.
  const spend = (tokens: number): void => {
    if (!identity.isService) budget.spend(identity.project, tokens);
  };
  const isTemplated = asked.choices.some(({ request }) => request.templated === true);
  const watched = { served, perPrompt, isSynthetic, isTemplated, spend };
  const watch = watchRequest(watched, () => ports.now(), record);
  const { first, rest } = await begin(await fleet.group(served), asked, watch, signal);
  if (!isStream) {
    const { id, ...others } = head;
    return context.json({ id, object: form.object, ...others, ...(await whole(first, rest, asked, signal)) });
  }
  const errorBody = (error: unknown): object => {
    if (!signal.aborted) log.error("a stream broke off", { model: head.model, error });
    return streamErrorBody(error, form.promptParameter, traceIdOf(context.var.traceparent) ?? "");
  };
  return context.body(answerStream(first, rest, { head, form, includeUsage, perPrompt, errorBody }), 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  });
}

/** @throws {HttpError} 429 if the project has used its tokens of the last minute. */
async function requireTokens(context: HttpContext, budget: TokenBudget): Promise<void> {
  const { identity, limits } = context.var;
  if (identity.isService) return;
  const { tokensPerMinute } = await limits();
  if (tokensPerMinute === null) return;
  const seconds = budget.waitSeconds(identity.project, tokensPerMinute);
  if (seconds === 0) return;
  const message = `completing: project ${identity.project} has used its ${tokensPerMinute} tokens of the last minute; ask again in ${seconds} s`;
  throw new HttpError(429, "rate_limit_exceeded", message, [], { "retry-after": String(seconds) });
}

interface Begun {
  readonly first: ChoiceToken;
  readonly rest: AsyncGenerator<ChoiceToken, void, undefined>;
}

/** Waits for the first token. Until then, every error has a status of its own. */
async function begin(
  group: ReplicaGroup,
  { choices, isStream, form }: Asked,
  watch: Watch,
  signal: AbortSignal,
): Promise<Begun> {
  const { model } = group.served;
  const leave = group.admit(choices.length);
  if (leave === undefined) {
    watch.end("shed");
    throw new HttpError(429, "queue_full", `completing with ${model}: too many requests wait already`);
  }
  try {
    await group.ready(AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]));
    // Nobody has seen a token of an answer that is sent whole.
    const retry: Retry = isStream ? "until begun" : "to the end";
    const tokens = watched(generateChoices(group, choices, retry, signal), watch, leave, signal);
    // Whoever has gone pulls no more: without this, what is suspended would keep its slot for ever.
    signal.addEventListener("abort", () => void tokens.return(), { once: true });
    const first = await tokens.next();
    if (first.done === true) throw new Error(`completing with ${model}: found no token, wanted one at least`);
    return { first: first.value, rest: tokens };
  } catch (error) {
    leave();
    watch.end(outcomeOf(error, signal));
    throw signal.aborted ? CLIENT_GONE : refusalOfReplica(error, form.promptParameter);
  }
}

/** Notes the tokens on their way; when they end, however they end, gives the places in the queue back. */
async function* watched(
  tokens: AsyncGenerator<ChoiceToken, void, undefined>,
  watch: Watch,
  leave: () => void,
  signal: AbortSignal,
): AsyncGenerator<ChoiceToken, void, undefined> {
  try {
    for await (const token of tokens) {
      watch.token(token);
      yield token;
    }
    watch.end("completed");
  } catch (error) {
    watch.end(outcomeOf(error, signal));
    throw error;
  } finally {
    watch.end("left");
    leave();
  }
}

function outcomeOf(error: unknown, signal: AbortSignal): Outcome {
  if (signal.aborted) return "left";
  const refusal = refusalOfReplica(error, "");
  return refusal instanceof HttpError && refusal.status < 500 ? "refused" : "failed";
}

async function whole(
  first: ChoiceToken,
  rest: Begun["rest"],
  { form, choices, perPrompt }: Asked,
  signal: AbortSignal,
): Promise<object> {
  const tokens = choices.map((): ReplicaToken[] => []);
  try {
    tokens[first.choice.index]?.push(first.token);
    for await (const { choice, token } of rest) tokens[choice.index]?.push(token);
  } catch (error) {
    throw signal.aborted ? CLIENT_GONE : refusalOfReplica(error, form.promptParameter);
  }
  return {
    choices: choices.map((choice) => form.whole(choice, tokens[choice.index] ?? [])),
    usage: usageOf(
      tokens.map((own) => ({
        promptTokens: own[0]?.promptTokens ?? 0,
        completionTokens: own.filter(({ ofPrompt }) => !ofPrompt).length,
      })),
      perPrompt,
    ),
  };
}
