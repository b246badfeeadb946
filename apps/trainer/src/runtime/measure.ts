import { availableParallelism } from "node:os";
import type { TaskScore } from "@millrace/contracts";
import type { Executor } from "@millrace/execution";
import { openExecutor } from "@millrace/execution/open";
import { bitsPerByte, documentsIn, trainKneserNey } from "@millrace/features";
import { gzipSize, xzPrimedSize } from "@millrace/features/compression";
import { loadTokenizer } from "@millrace/tokenizer";
import { compressedTexts } from "../evaluation/compressed_texts.ts";
import type { AskedTasks, EvaluationInput, MeasuredModel, Measures, Measuring } from "../evaluation/measure.ts";
import { countDocuments, scoreDocuments } from "../evaluation/score_documents.ts";
import { scoreTask } from "../evaluation/score_task.ts";

const BITS = 8;

/** Measures everything in this process, beside each other. */
export async function measureHere(input: EvaluationInput, onMeasured: (name: Measuring) => void): Promise<Measures> {
  const { documents, endOfText, asked } = input;
  const sizeBytes = documents.reduce((sum, document) => sum + document.length, 0);
  const told = async <Measured>(name: Measuring, measured: Promise<Measured>): Promise<Measured> => {
    const value = await measured;
    onMeasured(name);
    return value;
  };
  const bitsOf = (size: number): number => (BITS * size) / sizeBytes;
  // xz takes longest and has a thread of its own.
  const xz = told("xzPrimed", xzPrimedSize(input.trainingText, documents));
  const executor = await openExecutor(console.warn);
  try {
    const [xzPrimed, gzip, model, ngram, tasks] = await Promise.all([
      xz,
      told("gzip", gzipSize(compressedTexts(input))),
      told("model", scoreDocuments(executor, input, availableParallelism())),
      told(
        "ngram",
        trainKneserNey(documentsIn(input.trainingTokens, endOfText), {
          vocabularySize: input.config.vocabularySize,
          bos: endOfText,
        }).then((ngrams) => countDocuments(ngrams, input)),
      ),
      asked === undefined ? [] : told("tasks", askHere(executor, input, asked)),
    ]);
    const bits = ({ nats }: Measures["model"]): number =>
      bitsPerByte(
        nats.reduce((sum, each) => sum + each, 0),
        sizeBytes,
      );
    const figures = { model: bits(model), gzip: bitsOf(gzip), xzPrimed: bitsOf(xzPrimed), ngram: bits(ngram) };
    return { bitsPerByte: figures, model, ngram, tasks };
  } finally {
    await executor.close();
  }
}

/** Asks one task after the other. */
export async function askHere(
  executor: Executor,
  model: MeasuredModel,
  { tokenizer: json, tasks }: AskedTasks,
): Promise<TaskScore[]> {
  const tokenizer = loadTokenizer(json);
  const scores: TaskScore[] = [];
  for (const task of tasks) scores.push(await scoreTask(executor, model, tokenizer, task, availableParallelism()));
  return scores;
}
