/** Scores of parts of the documents: where a model is good, and where it is not. */
import type { Slice, TokenScores } from "@millrace/contracts";
import { bitsPerByte } from "@millrace/features";
import type { DocumentScores, Measures } from "./measure.ts";
import { perplexityOf } from "./perplexity.ts";

/** What a scored document is sorted by. */
export interface Described {
  /** File, relative to what all sources have in common. */
  readonly source: string;
  /** ISO 639-1 code. */
  readonly language: string;
  readonly sizeBytes: number;
  /** Tokens, without the end-of-text token before it. */
  readonly tokens: number;
}

/** Slices of one kind; those beyond are one more. */
const MOST_SLICES = 19;
const OTHERS = "others";

/** Upper bounds of the lengths, in bytes. */
const LENGTHS = [
  { below: 1024, name: "below 1 KiB" },
  { below: 4096, name: "1 to 4 KiB" },
  { below: 16_384, name: "4 to 16 KiB" },
  { below: Infinity, name: "16 KiB or more" },
] as const;

/** The scores of some documents, given by their places. */
export function tokenScores(
  { nats, hits }: DocumentScores,
  documents: readonly Described[],
  places: readonly number[],
): TokenScores {
  const sum = (of: (place: number) => number): number => places.reduce((total, place) => total + of(place), 0);
  const tokens = sum((place) => documents[place]!.tokens);
  const total = sum((place) => nats[place]!);
  return {
    bitsPerByte: bitsPerByte(
      total,
      sum((place) => documents[place]!.sizeBytes),
    ),
    perplexity: perplexityOf(total / tokens),
    accuracy: sum((place) => hits[place]!) / tokens,
  };
}

/** Slices by source, language and length, the largest of each first. A kind of which there is only one tells nothing and is left out. */
export function slicesOf(documents: readonly Described[], measures: Pick<Measures, "model" | "ngram">): Slice[] {
  const folder = commonFolder(documents.map(({ source }) => source));
  const kinds: Record<Slice["by"], (document: Described) => string> = {
    source: ({ source }) => sourceName(source, folder),
    language: ({ language }) => language,
    length: ({ sizeBytes }) => LENGTHS.find(({ below }) => sizeBytes < below)!.name,
  };
  // Documents without text or tokens have no figure.
  const places = documents.flatMap(({ sizeBytes, tokens }, place) => (sizeBytes > 0 && tokens > 0 ? [place] : []));
  const bytesOf = (own: readonly number[]): number => own.reduce((sum, place) => sum + documents[place]!.sizeBytes, 0);
  return Object.entries(kinds).flatMap(([by, nameOf]) => {
    const all = [...Map.groupBy(places, (place) => nameOf(documents[place]!))].sort(
      ([a, left], [b, right]) => bytesOf(right) - bytesOf(left) || (a < b ? -1 : 1),
    );
    if (all.length < 2) return [];
    const rest = all.slice(MOST_SLICES).flatMap(([, own]) => own);
    const shown = [...all.slice(0, MOST_SLICES), ...(rest.length > 0 ? [[OTHERS, rest] as const] : [])];
    return shown.map(([name, own]) => ({
      by: by as Slice["by"],
      name: name.slice(0, 200),
      documents: own.length,
      bytes: bytesOf(own),
      tokens: own.reduce((sum, place) => sum + documents[place]!.tokens, 0),
      model: tokenScores(measures.model, documents, own),
      ngram: tokenScores(measures.ngram, documents, own),
    }));
  });
}

/** The folder or file right below what all sources have in common. */
function sourceName(source: string, folder: string): string {
  const rest = fileOf(source).slice(folder.length);
  const end = rest.indexOf("/");
  return end < 0 ? rest : rest.slice(0, end + 1);
}

/** Long files and files of records hold several documents, each named by `#` and its number. */
function fileOf(source: string): string {
  return source.replace(/#\d+$/, "");
}

/** Of a path, its folder with its `/`. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** The deepest folder that all lie in, with its `/`; empty where there is none. */
function commonFolder(sources: readonly string[]): string {
  let common = folderOf(fileOf(sources[0] ?? ""));
  for (const source of sources) {
    while (!source.startsWith(common)) common = folderOf(common.slice(0, -1));
  }
  return common;
}
