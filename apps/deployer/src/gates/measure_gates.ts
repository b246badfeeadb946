import type { Artifacts } from "@millrace/artifacts";
import type { Gate, ServingPackage, TokenManifest } from "@millrace/contracts";
import type { Executor } from "@millrace/execution";
import { loadTokenizer, type Tokenizer } from "@millrace/tokenizer";
import { readModel } from "@millrace/training";
import { compareWeights, natsOf, type Tokens, type WeightComparison } from "./compare_weights.ts";
import { judgeBitsPerByte, judgeRounding, type Measured } from "./judge.ts";
import { openScorer } from "./scorer.ts";
import { type ValidationSample, validationSample } from "./validation_sample.ts";

/** What is measured. */
export interface GateInput {
  readonly candidate: ServingPackage;
  /** The version that has all traffic; absent where none has. */
  readonly live: ServingPackage | undefined;
  /** The tokenized corpus that the candidate was trained on. */
  readonly tokenized: TokenManifest;
  readonly maxBitsPerByte: number | undefined;
}

/**
 * Measures a version as it would be served, on validation text that neither it nor its predecessors were trained on (a document keeps
 * its side of the split in every corpus).
 * @param pause Awaited now and then: the place to let others run.
 */
export async function measureGates(
  executor: Executor,
  artifacts: Artifacts,
  { candidate, live, tokenized, maxBitsPerByte }: GateInput,
  pause: () => Promise<void>,
): Promise<readonly Gate[]> {
  const tokenizer = await tokenizerOf(artifacts, candidate);
  const sample = await validationSample(artifacts, tokenized, (ids) => tokenizer.decode(ids));
  if (sample === undefined) throw new Error(`gating ${labelOf(candidate)}: its corpus has no validation documents`);
  const { nats, rounding } = await measureCandidate(executor, artifacts, candidate, sample.tokens, pause);
  const bitsPerByte = (of: number): number => of / Math.LN2 / sample.sizeBytes;
  const beside: Measured | undefined =
    live === undefined
      ? undefined
      : {
          name: labelOf(live),
          bitsPerByte: bitsPerByte(await natsOfTexts(executor, artifacts, live, sample, pause)),
        };
  const text = `a sample of ${sample.texts.length} validation documents, ${sample.sizeBytes.toLocaleString("en-US")} bytes`;
  const measured = { name: labelOf(candidate), bitsPerByte: bitsPerByte(nats) };
  return [judgeBitsPerByte(measured, beside, maxBitsPerByte, text), ...judgeRounding(rounding)];
}

async function measureCandidate(
  executor: Executor,
  artifacts: Artifacts,
  candidate: ServingPackage,
  tokens: Tokens,
  pause: () => Promise<void>,
): Promise<{ readonly nats: number; readonly rounding: WeightComparison | undefined }> {
  const { config, endOfText } = candidate;
  const parameters = readModel(config, await artifacts.bytes(candidate.checkpoint.sha256));
  const full = await openScorer(executor, { config, parameters, weights: "float32" });
  try {
    if (candidate.weights !== "int8") {
      return { nats: await natsOf(full, tokens, endOfText, config.contextLength, pause), rounding: undefined };
    }
    const rounded = await openScorer(executor, { config, parameters, weights: "int8" });
    try {
      const rounding = await compareWeights(full, rounded, tokens, endOfText, config.contextLength, pause);
      return { nats: rounding.roundedNats, rounding };
    } finally {
      await rounded.close();
    }
  } finally {
    await full.close();
  }
}

/** Nats of the sample's texts by a model with a tokenizer of its own. */
async function natsOfTexts(
  executor: Executor,
  artifacts: Artifacts,
  served: ServingPackage,
  { texts }: ValidationSample,
  pause: () => Promise<void>,
): Promise<number> {
  const { config, endOfText, weights = "float32" } = served;
  const tokenizer = await tokenizerOf(artifacts, served);
  const tokens = Uint32Array.from(texts.flatMap((text) => [endOfText, ...tokenizer.encodeOrdinary(text)]));
  const parameters = readModel(config, await artifacts.bytes(served.checkpoint.sha256));
  const scorer = await openScorer(executor, { config, parameters, weights });
  try {
    return await natsOf(scorer, tokens, endOfText, config.contextLength, pause);
  } finally {
    await scorer.close();
  }
}

async function tokenizerOf(artifacts: Artifacts, { tokenizer }: ServingPackage): Promise<Tokenizer> {
  return loadTokenizer(new TextDecoder().decode(await artifacts.bytes(tokenizer.sha256)));
}

function labelOf({ model, modelVersion }: ServingPackage): string {
  return `${model}@${modelVersion}`;
}
