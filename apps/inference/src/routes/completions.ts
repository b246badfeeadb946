import { type Http, HttpError, readJson } from "@millrace/service";
import { type AnswerHead, answerChoice, usageOf } from "../completion_answer.ts";
import { type Choice, choicesOf, CompletionRequest } from "../completion_request.ts";
import { completionStream } from "../completion_stream.ts";
import { findServed } from "../find_served.ts";
import type { Fleet } from "../gateway/fleet.ts";
import type { Keeper } from "../gateway/keeper.ts";
import { type ChoiceToken, generateChoices } from "../generated.ts";
import { refusalOfReplica, streamErrorBody } from "../openai_errors.ts";
import type { ReplicaToken } from "../replica_messages.ts";
import type { Traffic } from "../traffic.ts";

/** Longest wait for a replica that is being started. */
const READY_MS = 30_000;

/** Answer to a client that is not there to read it: for the record, not an error of ours. */
const CLIENT_GONE = new HttpError(499, "client_gone", "completing: the client has closed the connection");

/** `/v1/completions`: the model continues text. */
export function completionRoutes(fleet: Fleet, traffic: Traffic): (http: Http) => void {
  return (http) => {
    http.post("/v1/completions", async (context) => {
      const body = await readJson(context, CompletionRequest);
      const { ports, identity } = context.var;
      const { signal } = context.req.raw;
      const startMs = ports.now();
      const { project } = identity;
      const random = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
      const catalogue = { db: ports.database.drizzle, peers: ports.peers, project };
      const served = await findServed(catalogue, body.model, random[0] / 2 ** 32);
      const choices = choicesOf(body, random[1]);
      const head: AnswerHead = {
        id: `cmpl-${crypto.randomUUID()}`,
        object: "text_completion",
        created: Math.floor(startMs / 1000),
        model: `${served.model}@${served.version}`,
      };
      const answer = await begin(await fleet.keeper(served), choices, signal);
      traffic.record(`${project}/${head.model}`, ports.now() - startMs);
      const perPrompt = body.n ?? 1;
      if (body.stream === true) {
        const includeUsage = body.stream_options?.include_usage === true;
        const errorBody = (error: unknown): object => {
          if (!signal.aborted) context.var.log.error("a stream broke off", { model: head.model, error });
          return streamErrorBody(error);
        };
        const stream = completionStream(answer.first, answer.rest, { head, includeUsage, perPrompt, errorBody });
        return new Response(stream, {
          headers: { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" },
        });
      }
      return context.json({ ...head, ...(await whole(answer, choices, perPrompt, signal)) });
    });
  };
}

interface Begun {
  readonly first: ChoiceToken;
  readonly rest: AsyncGenerator<ChoiceToken, void, undefined>;
}

/**
 * Waits for the first token. Until then, every error has a status of its own.
 * @throws {HttpError} If the queue is full, no replica can be had, or the replica refuses.
 */
async function begin(keeper: Keeper, choices: readonly Choice[], signal: AbortSignal): Promise<Begun> {
  const { model } = keeper.served;
  const leave = keeper.admit(choices.length);
  if (leave === undefined) {
    throw new HttpError(429, "queue_full", `completing with ${model}: too many requests wait already`);
  }
  try {
    await keeper.ready(AbortSignal.any([signal, AbortSignal.timeout(READY_MS)]));
    const tokens = leaving(generateChoices(keeper, choices, signal), leave);
    // Whoever has gone pulls no more: without this, what is suspended would keep its slot for ever.
    signal.addEventListener("abort", () => void tokens.return(), { once: true });
    const first = await tokens.next();
    if (first.done === true) throw new Error(`completing with ${model}: found no token, wanted one at least`);
    return { first: first.value, rest: tokens };
  } catch (error) {
    leave();
    throw signal.aborted ? CLIENT_GONE : refusalOfReplica(error);
  }
}

/** Gives the places in the queue back when the tokens end, however they end. */
async function* leaving(
  tokens: AsyncGenerator<ChoiceToken, void, undefined>,
  leave: () => void,
): AsyncGenerator<ChoiceToken, void, undefined> {
  try {
    yield* tokens;
  } finally {
    leave();
  }
}

async function whole(
  { first, rest }: Begun,
  choices: readonly Choice[],
  perPrompt: number,
  signal: AbortSignal,
): Promise<object> {
  const tokens = choices.map((): ReplicaToken[] => []);
  try {
    tokens[first.choice.index]?.push(first.token);
    for await (const { choice, token } of rest) tokens[choice.index]?.push(token);
  } catch (error) {
    throw signal.aborted ? CLIENT_GONE : refusalOfReplica(error);
  }
  return {
    choices: choices.map(({ index, echoed }) => answerChoice(index, tokens[index] ?? [], { echoed, offset: 0 })),
    usage: usageOf(
      tokens.map((own) => ({ promptTokens: own[0]?.promptTokens ?? 0, completionTokens: own.length })),
      perPrompt,
    ),
  };
}
