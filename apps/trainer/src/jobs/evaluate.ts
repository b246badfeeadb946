import {
  ArtifactRef,
  CorpusManifest,
  type Evaluation,
  EVENTS,
  ModelConfig,
  type StageFailure,
  TaskFile,
  TokenManifest,
} from "@millrace/contracts";
import { defineJob, failStage, type JobContext, type JobKind, yielding } from "@millrace/service";
import { z } from "zod";
import { evaluationOf } from "../evaluation/evaluation_of.ts";
import { gather } from "../evaluation/gather.ts";
import type { AskedTasks, Measure } from "../evaluation/measure.ts";
import { readJsonArtifact } from "../read_json_artifact.ts";

export const EVALUATE = "evaluate";

/** Bits per byte of the model and of the three baselines. */
const MEASURES = 4;

/**
 * Measures a trained model against the baselines. Starts anew when it is run twice: the figures are the same.
 * @param measure Does the computing.
 */
export function evaluateJob(measure: Measure): JobKind {
  return defineJob({
    kind: EVALUATE,
    version: 1,
    input: z.strictObject({
      runId: z.string(),
      attempt: z.number(),
      checkpoint: ArtifactRef,
      config: ModelConfig,
      tokenized: ArtifactRef,
      corpus: ArtifactRef,
      tasks: z.array(TaskFile).optional(),
    }),
    async run({ input }, context): Promise<Evaluation | StageFailure> {
      const { artifacts, signal } = context;
      const tokenized = await readJsonArtifact(artifacts, input.tokenized.sha256, TokenManifest);
      const corpus = await readJsonArtifact(artifacts, input.corpus.sha256, CorpusManifest);
      const { tasks = [] } = input;
      const total = MEASURES + (tasks.length > 0 ? 1 : 0);
      const tell = (done: number): Promise<void> => {
        const progress = { runId: input.runId, stage: "evaluating" as const, done, total, unit: "measures" };
        return context.emit(`evaluating ${done}`, EVENTS.stageProgressed, progress);
      };
      await tell(0);
      const gathered = await gather(artifacts, corpus, tokenized, yielding(context));
      if (gathered.documents.length === 0) {
        const message = "evaluating: found no validation document of at most 64 KiB, wanted one; give more documents";
        return { code: "no_validation_documents", message };
      }
      const asked = tasks.length > 0 ? await read(tasks, tokenized, artifacts) : undefined;
      let told = Promise.resolve();
      let measured = 0;
      const measures = await measure(
        {
          ...gathered,
          config: input.config,
          endOfText: tokenized.endOfText,
          ...(asked && { asked }),
          model: await artifacts.bytes(input.checkpoint.sha256),
        },
        {
          signal,
          onMeasured() {
            const done = ++measured;
            // Told one after another; a bus that is away is no reason to measure again.
            told = told
              .then(() => tell(done))
              .catch((error: unknown) => context.log.warn("progress was not told", { error }));
          },
        },
      );
      await told;
      return evaluationOf(measures, gathered, tokenized.tokens.train);
    },
    async completed(outcome, context, { input }) {
      const { runId, checkpoint } = input;
      if ("code" in outcome) failStage(context, "evaluating", input, outcome);
      else context.output("the run", EVENTS.modelEvaluated, { runId, checkpoint, evaluation: outcome });
    },
    async failed({ message }, context, { input }) {
      failStage(context, "evaluating", input, { code: "evaluating_failed", message });
    },
  });
}

async function read(
  tasks: readonly TaskFile[],
  { tokenizer }: TokenManifest,
  artifacts: JobContext["artifacts"],
): Promise<AskedTasks> {
  const textOf = async ({ sha256 }: ArtifactRef): Promise<string> =>
    new TextDecoder().decode(await artifacts.bytes(sha256));
  const files = tasks.map(async ({ name, kind, questions }) => ({ name, kind, questions: await textOf(questions) }));
  return { tokenizer: await textOf(tokenizer), tasks: await Promise.all(files) };
}
