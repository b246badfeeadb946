import type { Artifacts } from "@millrace/artifacts";
import { readLines } from "@millrace/artifacts";
import { DocumentIndexLine, type TokenManifest } from "@millrace/contracts";
import type { Tokens } from "./compare_weights.ts";

/** Whole validation documents, as tokens and as text. */
export interface ValidationSample {
  /** Each document preceded by the end-of-text token. */
  readonly tokens: Tokens;
  readonly texts: readonly string[];
  /** UTF-8 bytes of the texts. */
  readonly sizeBytes: number;
}

/** Scores that a sample may cost: one for each token and entry of the vocabulary. Some seconds on one core. */
const MOST_SCORES = 1 << 25;
const MOST_TOKENS = 1 << 14;

/**
 * Takes documents from the first validation shards on, in their order, until the sample is large enough; longer documents are cut.
 * @param decode The tokenizer's.
 * @returns Undefined if the corpus has no validation documents.
 */
export async function validationSample(
  artifacts: Artifacts,
  { validation, dtype, vocabularySize }: TokenManifest,
  decode: (ids: readonly number[]) => string,
): Promise<ValidationSample | undefined> {
  const budget = Math.min(MOST_TOKENS, Math.max(1024, Math.floor(MOST_SCORES / vocabularySize)));
  const taken: number[] = [];
  const texts: string[] = [];
  for (const { tokens, index } of validation) {
    if (taken.length >= budget) break;
    const ids = idsOf(await artifacts.bytes(tokens.sha256), dtype);
    for await (const line of readLines(await artifacts.stream(index.sha256))) {
      if (taken.length >= budget) break;
      const { from, to } = DocumentIndexLine.parse(JSON.parse(line));
      const document = Array.from(ids.subarray(from, Math.min(to, from + budget - taken.length)));
      if (document.length < 2) continue;
      taken.push(...document);
      texts.push(decode(document.slice(1)));
    }
  }
  if (taken.length === 0) return undefined;
  const encoder = new TextEncoder();
  const sizeBytes = texts.reduce((sum, text) => sum + encoder.encode(text).length, 0);
  return { tokens: dtype === "uint16" ? Uint16Array.from(taken) : Uint32Array.from(taken), texts, sizeBytes };
}

function idsOf(bytes: Uint8Array, dtype: TokenManifest["dtype"]): Tokens {
  const { buffer } = bytes.slice();
  return dtype === "uint16" ? new Uint16Array(buffer) : new Uint32Array(buffer);
}
