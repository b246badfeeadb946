/** From places in the tokens to documents that may be shown, with where the span stands in their text. */
import type { Artifacts } from "@millrace/artifacts";
import type { TokenManifest, VerbatimDocument } from "@millrace/contracts";
import type { Tokenizer } from "@millrace/tokenizer";
import { type ConversationText, conversationPlaces } from "./conversation_places.ts";
import { type DocumentOf, documentLines } from "./document_lines.ts";
import type { TokenSpan } from "./find_spans.ts";
import { tokenIds, widthOf } from "./token_ids.ts";

/** What ingestion says of a document now. */
interface Named {
  readonly source: string;
  readonly title: string | null;
  /** Where the document is a conversation. */
  readonly conversation?: ConversationText;
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
  /** Its first token in the shard, and the one after its last. */
  readonly first: number;
  readonly after: number;
  readonly conversation: ConversationText | undefined;
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
      const { id, from, to: after } = index(at);
      if (own.has(id)) continue;
      const named = await remembered(documents, id, () => readDocument(id));
      if (named === undefined) {
        own.set(id, undefined);
        continue;
      }
      const first = from + 1;
      const stretch = { start: at - first, end: at - first + end - start };
      const { conversation, ...name } = named;
      remembered(shown, id, () => ({ shard, first, after, conversation, stretches: [] })).stretches.push(stretch);
      own.set(id, { named: name, stretch });
    }
    placed.push(own);
  }

  const ranges = new Map<string, RangeOf>();
  for (const [id, document] of shown) {
    signal.throwIfAborted();
    ranges.set(id, await rangesOf(document));
  }
  return placed.map((own) =>
    Array.from(own, ([id, kept]): VerbatimDocument => {
      if (kept === undefined) return { state: "erased" };
      const { named, stretch } = kept;
      return { state: "kept", id, ...named, ...ranges.get(id)!(stretch) };
    }),
  );

  function shardOf(shard: number): TokenManifest["train"][number] {
    const found = manifest.train[shard];
    if (found === undefined) throw new RangeError(`describing a place: found shard ${shard}, wanted a training shard`);
    return found;
  }

  /** Finds where stretches of a document stand in its text, in characters (UTF-16). */
  async function rangesOf({ shard, first, after, conversation, stretches }: Shown): Promise<RangeOf> {
    const wanted = new Set(stretches.flatMap(({ start, end }) => [start, end]));
    // Where messages stand in a conversation is seen only when it is whole.
    const count = conversation === undefined ? Math.max(...wanted) : after - first;
    const width = widthOf(manifest.dtype);
    const { sha256 } = shardOf(shard).tokens;
    const ids = tokenIds(await artifacts.range(sha256, width * first, width * (first + count)), manifest.dtype);
    const decoder = tokenizer.streamDecoder();
    const before = new Map<number, number>([[0, 0]]);
    const parts: string[] = [];
    let length = 0;
    for (const [place, id] of ids.entries()) {
      const part = decoder.push(id);
      length += part.length;
      if (conversation !== undefined) parts.push(part);
      if (wanted.has(place + 1)) before.set(place + 1, length);
    }
    const placed = ({ start, end }: Stretch): [number, number] => [before.get(start)!, before.get(end)!];
    if (conversation === undefined) {
      return (stretch) => {
        const [start, end] = placed(stretch);
        return { start, end };
      };
    }
    const inText = conversationPlaces(parts.join(""), conversation);
    return (stretch) => inText(...placed(stretch));
  }
}

/** Half open, in characters of a document's text. */
type RangeOf = (stretch: Stretch) => { readonly start: number; readonly end: number };

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
