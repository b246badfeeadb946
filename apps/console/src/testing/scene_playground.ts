/** An answer of the scenes, and what of it stands in the corpus. */
import type { VerbatimSpans } from "@millrace/contracts";

const PIECES = [
  " run",
  " the",
  " installer",
  " on",
  " each",
  " host.",
  "\n",
  "It",
  " then",
  " asks",
  " for",
  " a",
  " token",
  " <b>and</b>",
  " keeps",
  " one",
  " connection",
  " open.",
  " It",
  " needs",
  " no",
  " inbound",
  " port",
  " at",
  " all.",
];
const text = PIECES.join("");

function span(words: string, tokens: number, occurrences: number): Omit<VerbatimSpans["spans"][number], "documents"> {
  const start = text.indexOf(words);
  return { start, end: start + words.length, tokens, occurrences };
}

const verbatim: VerbatimSpans = {
  model: "handbook",
  version: 3,
  corpusHash: "5".repeat(64),
  text,
  tokens: PIECES.length,
  spans: [
    {
      ...span(" run the installer on each host.", 6, 3),
      documents: [
        {
          state: "kept",
          id: "doc-1",
          source: "docs/install-the-agent.md",
          title: "Install the agent",
          start: 58,
          end: 90,
        },
        { state: "kept", id: "doc-2", source: "docs/rotate-a-key.md", title: null, start: 12, end: 43 },
        { state: "erased" },
      ],
    },
    {
      ...span(" keeps one connection open. It needs no inbound port", 9, 1),
      documents: [
        {
          state: "kept",
          id: "doc-1",
          source: "docs/install-the-agent.md",
          title: "Install the agent",
          start: 143,
          end: 195,
        },
      ],
    },
  ],
};

export const ANSWERED = { "POST /v1/completions": PIECES, "POST /api/feature/verbatim": verbatim };
