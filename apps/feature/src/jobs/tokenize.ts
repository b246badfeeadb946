import type { RenderChat } from "@millrace/chat";
import { BaseModel, CorpusManifest, EVENTS, Recipe } from "@millrace/contracts";
import { defineJob, failStage, yielding } from "@millrace/service";
import { tokenizedRuns } from "../tables.ts";
import { tokenizeCorpus } from "../tokenize_corpus.ts";

export const TOKENIZE = "tokenize";

/** Key of the job of one attempt of a run. */
export function tokenizeKey(runId: string, attempt: number): string {
  return `${runId} attempt ${attempt}`;
}

const PROGRESS_MS = 1000;

/**
 * Tokenizes the corpus of a run. Starts anew when it is run twice: the artifacts are the same.
 * @param render Renders conversations.
 */
export const tokenizeJob = (render: RenderChat) =>
  defineJob({
    kind: TOKENIZE,
    version: 1,
    input: EVENTS.corpusTokenize.schema,
    async run({ input }, context) {
      const { artifacts, signal } = context;
      const recipe = Recipe.parse(await json(artifacts.bytes(input.recipe.sha256)));
      const corpus = CorpusManifest.parse(await json(artifacts.bytes(input.corpus.sha256)));
      const base = input.base && BaseModel.parse(await json(artifacts.bytes(input.base.manifest.sha256)));
      const { runId } = input;
      let toldAt = context.now();
      const giveWay = yielding(context);
      const outcome = await tokenizeCorpus(artifacts, corpus, recipe, base, render, {
        signal,
        trained: (tokenizer, vocabularySize) =>
          context.emit("the run", EVENTS.tokenizerTrained, {
            runId,
            tokenizer,
            vocabularySize,
            corpusHash: corpus.corpusHash,
          }),
        async encoded(done, total) {
          await giveWay();
          const now = context.now();
          if (now - toldAt < PROGRESS_MS && done < total) return;
          toldAt = now;
          const progress = { runId, stage: "tokenizing" as const, done, total, unit: "documents" };
          await context.emit(`tokenizing ${done}`, EVENTS.stageProgressed, progress);
        },
      });
      if ("code" in outcome) return outcome;
      const bytes = new TextEncoder().encode(JSON.stringify(outcome.manifest));
      return { ...outcome, tokenized: await artifacts.put(bytes, "application/json") };
    },
    async completed(outcome, context, { input }) {
      const { runId } = input;
      if ("code" in outcome) return failStage(context, "tokenizing", input, outcome);
      const { manifest, tokenizer, tokenized, refused } = outcome;
      const row = { tokenized, manifest, createdAt: context.now() };
      await context.db
        .insert(tokenizedRuns)
        .values({ project: context.project, runId, ...row })
        .onConflictDoUpdate({ target: [tokenizedRuns.project, tokenizedRuns.runId], set: row });
      const { vocabularySize, tokens } = manifest;
      const data = { runId, tokenized, tokenizer, vocabularySize, tokens, ...(refused && { refused }) };
      context.output("the run", EVENTS.corpusTokenized, data);
    },
    async failed(error, context, { input }) {
      failStage(context, "tokenizing", input, { code: "tokenizing_failed", message: error.message });
    },
  });

async function json(bytes: Promise<Uint8Array>): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await bytes));
}
