import { scenario } from "k6/execution";
import { Trend } from "k6/metrics";
import { ask, holds } from "../k6/ask.ts";
import { steady } from "../k6/options.ts";

export { handleSummary } from "../k6/summary.ts";
export const options = steady(40, { search: ["p(95)<1000"], document: ["p(95)<1000"] });

const QUERIES = ["sluice gate", "mill race", "events", "replica", "the corpus", "no such words in it zzz"];
const searches = new Trend("search", true);
const documents = new Trend("document", true);

const search = (query: string) => ask("GET", `/api/ingestion/search?q=${encodeURIComponent(query)}`);
const resultsOf = (body: string) => JSON.stringify((JSON.parse(body) as { results: unknown }).results);

interface Wanted {
  readonly results: readonly string[];
  readonly documentId: string;
}

export function setup(): Wanted {
  const results = QUERIES.map((query) => resultsOf(search(query).body));
  const [found] = JSON.parse(results[0] ?? "[]") as { documentId: string }[];
  if (found === undefined) throw new Error("preparing: the search for “sluice gate” found nothing");
  return { results, documentId: found.documentId };
}

/** Search, and the document that it found, in turn. */
export default function ingestion({ results, documentId }: Wanted): void {
  const turn = scenario.iterationInTest;
  if (turn % 2 === 0) {
    const which = (turn / 2) % QUERIES.length;
    const response = search(QUERIES[which] ?? "");
    searches.add(response.timings.duration);
    holds("a search finds what it found without load", () => resultsOf(response.body) === results[which]);
    return;
  }
  const response = ask("GET", `/api/ingestion/documents/${documentId}`);
  documents.add(response.timings.duration);
  holds("a document is the one asked for", () => {
    const { document } = JSON.parse(response.body) as { document: { id: string } };
    return document.id === documentId;
  });
}
