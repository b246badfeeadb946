/** Gathers what an evaluation is made of from the artifacts of a run. */
import { type Artifacts, readLines } from "@millrace/artifacts";
import {
  CorpusDocument,
  type CorpusManifest,
  DocumentIndexLine,
  RefusedLine,
  TOKEN_MARKS,
  type TokenManifest,
} from "@millrace/contracts";
import { COUNTED_TOKENS } from "@millrace/features";
import { tokensOf } from "../model_settings.ts";
import { fairSample } from "./fair_sample.ts";
import type { Tokens } from "./measure.ts";
import type { Described } from "./slices.ts";

/** Larger documents are not scored. */
const LARGEST_DOCUMENT_BYTES = 64 * 1024;
/** Documents are scored up to 4 MiB in all, what xz is primed for at once: more would cost time and tell nothing new. */
const SCORED_BYTES = 4 * 1024 * 1024 - LARGEST_DOCUMENT_BYTES;
/** Of the training text, its end of this size primes xz. */
const PRIMER_BYTES = 12 * 1024 * 1024;

/** What is scored, and how much of what there was. */
export interface Gathered {
  readonly trainingText: Uint8Array;
  readonly trainingTokens: Tokens;
  readonly documents: readonly Uint8Array[];
  readonly tokens: Tokens;
  /** Marks of the tokens, where the corpus has conversations. */
  readonly marks?: Uint8Array;
  /** Of the documents. */
  readonly conversations: number;
  /** Tokens of each document, the end-of-text token before it included. */
  readonly lengths: readonly number[];
  readonly described: readonly Described[];
  readonly sizeBytes: number;
  /** Validation documents that are small enough to be scored. */
  readonly eligible: number;
}

interface Scored {
  readonly id: string;
  readonly shard: number;
  readonly source: string;
  readonly language: string;
  readonly isConversation: boolean;
  readonly bytes: Uint8Array;
  readonly sizeBytes: number;
}

/**
 * Reads corpus and tokens once, shard by shard.
 * @param pause Awaited after each document: the place to let others run.
 */
export async function gather(
  artifacts: Artifacts,
  corpus: CorpusManifest,
  tokenized: TokenManifest,
  pause: () => Promise<void>,
): Promise<Gathered> {
  const primer: Uint8Array[] = [];
  let primerBytes = 0;
  let eligible = 0;
  let scored: Scored[] = [];
  const encoder = new TextEncoder();
  const refused = await refusedOf(artifacts, tokenized);
  for (const [shard, { documents }] of corpus.shards.entries()) {
    for await (const line of readLines(await artifacts.stream(documents.sha256))) {
      const { id, text, split, source, language, turns } = CorpusDocument.parse(JSON.parse(line));
      if (refused.has(id)) continue;
      const isConversation = turns !== undefined;
      const bytes = encoder.encode(isConversation && split === "validation" ? answersOf(text, turns) : text);
      if (split === "train") {
        primer.push(bytes);
        primerBytes += bytes.length;
        while (primerBytes - primer[0]!.length >= PRIMER_BYTES) primerBytes -= primer.shift()!.length;
      } else if (bytes.length <= LARGEST_DOCUMENT_BYTES) {
        eligible += 1;
        scored.push({ id, shard, source, language, isConversation, bytes, sizeBytes: bytes.length });
      }
      await pause();
    }
    scored = fairSample(scored, SCORED_BYTES);
  }
  const found = await tokensOfDocuments(artifacts, tokenized, scored, pause);
  const tokens = found.map((each) => each.tokens);
  const marks = found.flatMap((each) => each.marks ?? []);
  return {
    trainingText: joined(primer, Uint8Array).slice(-PRIMER_BYTES),
    trainingTokens: await firstTokens(artifacts, tokenized),
    documents: scored.map(({ bytes }) => bytes),
    tokens: joined(tokens, tokenized.dtype === "uint16" ? Uint16Array : Uint32Array),
    ...(tokenized.chat && { marks: joined(marks, Uint8Array) }),
    conversations: scored.filter(({ isConversation }) => isConversation).length,
    lengths: tokens.map(({ length }) => length),
    described: scored.map(({ source, language, sizeBytes }, at) => {
      return { source, language, sizeBytes, tokens: predictedIn(found[at]!) };
    }),
    sizeBytes: scored.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    eligible,
  };
}

/** Ids of the conversations that have no tokens. */
async function refusedOf(artifacts: Artifacts, { chat }: TokenManifest): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (chat?.refused === undefined) return found;
  for await (const line of readLines(await artifacts.stream(chat.refused.ids.sha256))) {
    found.add(RefusedLine.parse(JSON.parse(line)).id);
  }
  return found;
}

/** What the answers of a conversation say that are to be learnt, each to its end. */
function answersOf(text: string, turns: NonNullable<CorpusDocument["turns"]>): string {
  return turns
    .filter(({ role, learnt }) => role === "assistant" && learnt !== false)
    .map(({ start, end }) => `${text.slice(start, end)}\n`)
    .join("");
}

interface DocumentTokens {
  readonly tokens: Tokens;
  readonly marks: Uint8Array | undefined;
}

function predictedIn({ tokens, marks }: DocumentTokens): number {
  return marks?.reduce((sum, mark) => sum + Number(mark === TOKEN_MARKS.predicted), 0) ?? tokens.length - 1;
}

/** Tokens of each document with the end-of-text token before it, in the order of the documents. */
async function tokensOfDocuments(
  artifacts: Artifacts,
  { validation, dtype }: TokenManifest,
  documents: readonly Scored[],
  pause: () => Promise<void>,
): Promise<DocumentTokens[]> {
  const places = new Map(documents.map((document, at) => [`${document.shard} ${document.id}`, at]));
  const found: DocumentTokens[] = Array.from({ length: documents.length });
  for (const { tokens, index, marks } of validation) {
    const stream = tokensOf("validation", { "validation.0": await artifacts.bytes(tokens.sha256) }, dtype);
    const marked = marks && (await artifacts.bytes(marks.sha256));
    for await (const line of readLines(await artifacts.stream(index.sha256))) {
      const { id, shard, from, to } = DocumentIndexLine.parse(JSON.parse(line));
      const at = places.get(`${shard} ${id}`);
      if (at !== undefined) found[at] = { tokens: stream.slice(from, to), marks: marked?.slice(from, to) };
      await pause();
    }
  }
  const missing = documents.find((_, at) => found[at] === undefined);
  if (missing) throw new Error(`evaluating: validation document "${missing.id}" of the corpus has no tokens`);
  return found;
}

async function firstTokens(artifacts: Artifacts, { train, dtype }: TokenManifest): Promise<Tokens> {
  const shards: Record<string, Uint8Array> = {};
  let read = 0;
  for (const [number, { tokens, count }] of train.entries()) {
    if (read >= COUNTED_TOKENS) break;
    shards[`train.${number}`] = await artifacts.bytes(tokens.sha256);
    read += count;
  }
  return tokensOf("train", shards, dtype).slice(0, COUNTED_TOKENS);
}

/** One array of all of them. */
export function joined<Part extends Uint8Array | Tokens>(
  parts: readonly Part[],
  Memory: new (length: number) => Part,
): Part {
  const whole = new Memory(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
