import { availableParallelism } from "node:os";
import { openExecutor } from "@millrace/execution/open";
import { bitsPerByte, trainKneserNey } from "@millrace/features";
import { gzipSize, xzPrimedSize } from "@millrace/features/compression";
import { documentsOf } from "../evaluation/measure.ts";
import type { EvaluationInput, Measures } from "../evaluation/measure.ts";
import { scoreTokens } from "../evaluation/score_tokens.ts";

const BITS = 8;

/** Measures all four in this process, beside each other. */
export async function measureHere(
  input: EvaluationInput,
  onMeasured: (name: keyof Measures) => void,
): Promise<Measures> {
  const { documents, tokens, endOfText } = input;
  const sizeBytes = documents.reduce((sum, document) => sum + document.length, 0);
  const told = async (name: keyof Measures, measured: Promise<number>): Promise<number> => {
    const value = await measured;
    onMeasured(name);
    return value;
  };
  // xz takes longest and has a thread of its own.
  const xz = told(
    "xzPrimed",
    xzPrimedSize(input.trainingText, documents).then((size) => (BITS * size) / sizeBytes),
  );
  const [xzPrimed, gzip, model, ngram] = await Promise.all([
    xz,
    told(
      "gzip",
      gzipSize(documents).then((size) => (BITS * size) / sizeBytes),
    ),
    told(
      "model",
      natsOfModel(input).then((nats) => bitsPerByte(nats, sizeBytes)),
    ),
    told(
      "ngram",
      trainKneserNey(documentsOf(input.trainingTokens, endOfText), {
        vocabularySize: input.config.vocabularySize,
        bos: endOfText,
      }).then((ngrams) => {
        let nats = 0;
        for (const document of documentsOf(tokens, endOfText)) nats += ngrams.natsOf(document);
        return bitsPerByte(nats, sizeBytes);
      }),
    ),
  ]);
  return { model, gzip, xzPrimed, ngram };
}

async function natsOfModel({ config, model, tokens, endOfText }: EvaluationInput): Promise<number> {
  const executor = await openExecutor(console.warn);
  try {
    return await scoreTokens(executor, { config, model, tokens, endOfText, concurrency: availableParallelism() });
  } finally {
    await executor.close();
  }
}
