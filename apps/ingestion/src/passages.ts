import type { PassedDocument } from "./passed_document.ts";

/** Aimed-at length of a passage in UTF-16 units: about a paragraph, which is what a reader wants to see of a hit. */
const PASSAGE_UNITS = 800;
/** Passages of one document in the index; what lies behind is found by its document's beginning only. */
const MOST_PASSAGES = 200;

export interface Passage {
  readonly documentId: string;
  readonly place: number;
  readonly source: string;
  readonly title: string | null;
  readonly passage: string;
}

/** Cuts a document into passages at line ends. */
export function passagesOf({ id, source, title, text }: PassedDocument): Passage[] {
  const found: string[] = [];
  let passage = "";
  for (const line of text.split(/(?<=\n)/)) {
    for (let at = 0; at < line.length; at += PASSAGE_UNITS) {
      const piece = line.slice(at, at + PASSAGE_UNITS);
      if (passage !== "" && passage.length + piece.length > PASSAGE_UNITS) {
        found.push(passage);
        passage = "";
      }
      passage += piece;
    }
  }
  found.push(passage);
  return found
    .filter((one) => one.trim() !== "")
    .slice(0, MOST_PASSAGES)
    .map((one, place) => ({ documentId: id, place, source, title: title ?? null, passage: storable(one) }));
}

/** Postgres text holds neither NUL nor lone surrogates. */
function storable(text: string): string {
  return text.replaceAll("\0", "\u{FFFD}").toWellFormed();
}
