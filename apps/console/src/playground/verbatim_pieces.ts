import type { VerbatimSpans } from "@millrace/contracts";

type Span = VerbatimSpans["spans"][number];

/** A part of an answer; `span` is the place in the list of the longest span over it. */
export interface VerbatimPiece {
  readonly text: string;
  readonly span: number | undefined;
}

/** Cuts an answer where spans begin and end. Spans may overlap: what two cover belongs to the longer. The pieces put together are the text. */
export function verbatimPieces(
  text: string,
  spans: readonly Pick<Span, "start" | "end" | "tokens">[],
): VerbatimPiece[] {
  const cuts = [...new Set([0, text.length, ...spans.flatMap(({ start, end }) => [start, end])])].sort(
    (left, right) => left - right,
  );
  const pieces: { text: string; span: number | undefined }[] = [];
  for (const [place, from] of cuts.slice(0, -1).entries()) {
    const to = cuts[place + 1] ?? text.length;
    let span: number | undefined;
    for (const [index, { start, end, tokens }] of spans.entries()) {
      const isOver = start <= from && to <= end;
      if (isOver && (span === undefined || tokens > (spans[span]?.tokens ?? 0))) span = index;
    }
    const last = pieces.at(-1);
    if (last !== undefined && last.span === span) last.text += text.slice(from, to);
    else pieces.push({ text: text.slice(from, to), span });
  }
  return pieces;
}
