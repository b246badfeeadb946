import { type Artifacts, ArtifactNotFoundError } from "@millrace/artifacts";
import { ContinueByNgrams, type TokenManifest } from "@millrace/contracts";
import { COUNTED_TOKENS } from "@millrace/features";
import { type Http, HttpError, needs, readJson } from "@millrace/service";
import type { Tokenizer } from "@millrace/tokenizer";
import type { ContinueByCounts, Drawing } from "../ngrams.ts";
import { tokenIds } from "../verbatim/token_ids.ts";
import { readVersion, tokensOfVersion } from "./tokens_of_version.ts";

/** The n-gram model beside a version, to be tried as the version is. */
export function ngramRoutes(http: Http, continueByCounts: ContinueByCounts): void {
  http.post("/api/feature/ngrams", needs("viewer", "read"), async (context) => {
    const wanted = await readJson(context, ContinueByNgrams);
    const { maxTokens, temperature, seed = randomSeed() } = wanted;
    const version = await readVersion(context, wanted.model);
    const { artifacts } = context.var;
    try {
      const { manifest, tokenizer } = await tokensOfVersion(context, version);
      const { endOfText, endOfDocument, vocabularySize } = manifest;
      const ids = [...tokenizer.encode(wanted.prompt)];
      // What stands before the end of a text is another document.
      const prompt = ids.slice(ids.lastIndexOf(endOfText) + 1);
      const ends = endOfDocument === undefined ? [endOfText] : [endOfText, endOfDocument];
      const drawing: Drawing = { prompt, maxTokens, temperature, seed, ends };
      const { sha256 } = version.tokenized;
      const counted = { sha256, vocabularySize, endOfText, read: () => firstTokens(artifacts, manifest) };
      const tokens = continueByCounts(counted, drawing, context.req.raw.signal);
      const events = eventsOf(`ngrams:${version.model}@${version.version}`, tokens, tokenizer, drawing);
      // Only when something was drawn are headers sent.
      const first = await events.next();
      const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
      return new Response(streamOf(first, events), { headers });
    } catch (error) {
      if (!(error instanceof ArtifactNotFoundError)) throw error;
      throw new HttpError(404, "not_found", `counting the tokens of ${wanted.model}: ${error.message}`);
    }
  });
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** As many as the n-gram model of the evaluation counts. */
async function firstTokens(artifacts: Artifacts, { train, dtype }: TokenManifest) {
  const total = train.reduce((sum, { count }) => sum + count, 0);
  const tokens = new (dtype === "uint16" ? Uint16Array : Uint32Array)(Math.min(total, COUNTED_TOKENS));
  let read = 0;
  for (const shard of train) {
    if (read === tokens.length) break;
    const ids = tokenIds(await artifacts.bytes(shard.tokens.sha256), dtype).subarray(0, tokens.length - read);
    tokens.set(ids, read);
    read += ids.length;
  }
  return tokens;
}

/** Data of the events, in the form of OpenAI's completions. */
async function* eventsOf(
  model: string,
  tokens: AsyncGenerator<number, void, undefined>,
  tokenizer: Tokenizer,
  { prompt, maxTokens, ends }: Drawing,
): AsyncGenerator<string, void, undefined> {
  const decoder = tokenizer.streamDecoder();
  const head = { object: "text_completion", model };
  let count = 0;
  for await (const token of tokens) {
    count += 1;
    const isEnd = ends.includes(token);
    const isLast = isEnd || count === maxTokens;
    const text = (isEnd ? "" : decoder.push(token)) + (isLast ? decoder.flush() : "");
    const finish = isEnd ? "stop" : "length";
    const choice = { index: 0, text, logprobs: null, finish_reason: isLast ? finish : null };
    yield JSON.stringify({ ...head, choices: [choice], usage: null });
  }
  const usage = { prompt_tokens: prompt.length, completion_tokens: count, total_tokens: prompt.length + count };
  yield JSON.stringify({ ...head, choices: [], usage });
  yield "[DONE]";
}

/** @param first The first event, already taken. */
function streamOf(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void, undefined>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: IteratorResult<string, void> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = next ?? (await rest.next());
      next = undefined;
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(`data: ${value}\n\n`));
    },
    async cancel() {
      await rest.return();
    },
  });
}
