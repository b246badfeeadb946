/** From places in the tokens to documents that may be shown, with where the span stands in their text. */
import type { Artifacts } from "@millrace/artifacts";
import type { TokenManifest, VerbatimDocument } from "@millrace/contracts";
import type { Tokenizer } from "@millrace/tokenizer";
import { type DocumentOf, documentLines } from "./document_lines.ts";
import type { TokenPlace, TokenSpan } from "./find_spans.ts";
import { tokenIds, widthOf } from "./token_ids.ts";

/** What ingestion says of a document now; undefined when it is no longer there. */
export type ReadDocument = (id: string) => Promise<{ source: string; title: string | null } | undefined>;

/** What places are described by. */
export interface Described {
  readonly artifacts: Artifacts;
  readonly manifest: TokenManifest;
  readonly tokenizer: Tokenizer;
  readonly readDocument: ReadDocument;
}

/** Documents of one span. */
const MOST_DOCUMENTS = 5;

/**
 * Makes the describer of one answer's spans. What it reads it reads once: spans often share their documents.
 * @returns Documents of a span, one entry a document, in the order of the corpus.
 */
export function placeDescriber({ artifacts, manifest, tokenizer, readDocument }: Described) {
  const indexes = new Map<number, Promise<DocumentOf>>();
  const documents = new Map<string, ReturnType<ReadDocument>>();

  return async function describe({ places, start, end }: TokenSpan): Promise<VerbatimDocument[]> {
    const shown = new Map<string, VerbatimDocument>();
    for (const place of places) {
      if (shown.size === MOST_DOCUMENTS) break;
      const shard = manifest.train[place.shard];
      if (shard === undefined)
        throw new RangeError(`describing a place: found shard ${place.shard}, wanted a training shard`);
      const index = remembered(indexes, place.shard, () => documentLines(artifacts, shard.index));
      const { id, from } = (await index)(place.at);
      if (shown.has(id)) continue;
      const document = await remembered(documents, id, () => readDocument(id));
      if (document === undefined) {
        shown.set(id, { state: "erased" });
        continue;
      }
      const range = await charactersOf(place, from, end - start);
      shown.set(id, { state: "kept", id, ...document, ...range });
    }
    return [...shown.values()];
  };

  /** @param from First token of the document, which is the one that separates it from the one before. */
  async function charactersOf({ shard, at }: TokenPlace, from: number, count: number) {
    const width = widthOf(manifest.dtype);
    const { sha256 } = (manifest.train[shard] as TokenManifest["train"][number]).tokens;
    const bytes = await artifacts.range(sha256, width * (from + 1), width * (at + count));
    const ids = tokenIds(bytes, manifest.dtype);
    const decoder = tokenizer.streamDecoder();
    let length = 0;
    let start = 0;
    for (const [place, id] of ids.entries()) {
      if (place === at - from - 1) start = length;
      length += decoder.push(id).length;
    }
    return { start, end: length };
  }
}

function remembered<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
