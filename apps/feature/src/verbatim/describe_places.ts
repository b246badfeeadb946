/** From places in the tokens to documents that may be shown, with where the span stands in their text. */
import type { Artifacts } from "@millrace/artifacts";
import type { TokenManifest, VerbatimDocument } from "@millrace/contracts";
import type { Tokenizer } from "@millrace/tokenizer";
import { type DocumentOf, documentLines } from "./document_lines.ts";
import type { TokenSpan } from "./find_spans.ts";
import { tokenIds, widthOf } from "./token_ids.ts";

/** What ingestion says of a document now. */
interface Named {
  readonly source: string;
  readonly title: string | null;
}
/** Undefined when it is no longer there. */
export type ReadDocument = (id: string) => Promise<Named | undefined>;

/** What places are described by. */
export interface Described {
  readonly artifacts: Artifacts;
  readonly manifest: TokenManifest;
  readonly tokenizer: Tokenizer;
  readonly readDocument: ReadDocument;
}

/** Documents of one span. */
const MOST_DOCUMENTS = 5;

/** Where a span stands in a document's tokens, the one that separates it from the document before left out. Half open. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}
/** A document that is shown, with every stretch of it that a span stands in. */
interface Shown {
  readonly shard: number;
  /** Its first token in the shard. */
  readonly first: number;
  readonly stretches: Stretch[];
}

/**
 * Describes where spans stand. What it reads it reads once, and a document that many spans share is decoded once.
 * @returns Documents of each span, one entry a document, in the order of the corpus.
 * @throws {unknown} The reason of the signal, between two spans or two documents.
 */
export async function describePlaces(
  spans: readonly TokenSpan[],
  { artifacts, manifest, tokenizer, readDocument }: Described,
  signal: AbortSignal,
): Promise<VerbatimDocument[][]> {
  const indexes = new Map<number, Promise<DocumentOf>>();
  const documents = new Map<string, ReturnType<ReadDocument>>();
  const shown = new Map<string, Shown>();
  const placed: Map<string, { readonly named: Named; readonly stretch: Stretch } | undefined>[] = [];
  for (const { places, start, end } of spans) {
    const own: (typeof placed)[number] = new Map();
    for (const { shard, at } of places) {
      signal.throwIfAborted();
      if (own.size === MOST_DOCUMENTS) break;
      const index = await remembered(indexes, shard, () => documentLines(artifacts, shardOf(shard).index));
      const { id, from } = index(at);
      if (own.has(id)) continue;
      const named = await remembered(documents, id, () => readDocument(id));
      if (named === undefined) {
        own.set(id, undefined);
        continue;
      }
      const first = from + 1;
      const stretch = { start: at - first, end: at - first + end - start };
      remembered(shown, id, () => ({ shard, first, stretches: [] })).stretches.push(stretch);
      own.set(id, { named, stretch });
    }
    placed.push(own);
  }

  const characters = new Map<string, ReadonlyMap<number, number>>();
  for (const [id, document] of shown) {
    signal.throwIfAborted();
    characters.set(id, await charactersOf(document));
  }
  const charactersBefore = (id: string, token: number): number => characters.get(id)?.get(token) as number;
  return placed.map((own) =>
    Array.from(own, ([id, kept]): VerbatimDocument => {
      if (kept === undefined) return { state: "erased" };
      const { named, stretch } = kept;
      const range = { start: charactersBefore(id, stretch.start), end: charactersBefore(id, stretch.end) };
      return { state: "kept", id, ...named, ...range };
    }),
  );

  function shardOf(shard: number): TokenManifest["train"][number] {
    const found = manifest.train[shard];
    if (found === undefined) throw new RangeError(`describing a place: found shard ${shard}, wanted a training shard`);
    return found;
  }

  /** Characters (UTF-16) before each token at which a stretch begins or ends. */
  async function charactersOf({ shard, first, stretches }: Shown): Promise<ReadonlyMap<number, number>> {
    const wanted = new Set(stretches.flatMap(({ start, end }) => [start, end]));
    const count = Math.max(...wanted);
    const width = widthOf(manifest.dtype);
    const { sha256 } = shardOf(shard).tokens;
    const ids = tokenIds(await artifacts.range(sha256, width * first, width * (first + count)), manifest.dtype);
    const decoder = tokenizer.streamDecoder();
    const before = new Map<number, number>([[0, 0]]);
    let length = 0;
    for (const [place, id] of ids.entries()) {
      length += decoder.push(id).length;
      if (wanted.has(place + 1)) before.set(place + 1, length);
    }
    return before;
  }
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
