import assert from "node:assert/strict";
import { DocumentView, SearchResults } from "@millrace/contracts";
import { askJson, timed } from "../ask.ts";
import type { Scenario } from "../scenario.ts";

const QUERIES = ["sluice gate", "mill race", "events", "replica", "the corpus", "no such words in it zzz"];

/** Search, and the document that it found, in turn. */
export const ingestion: Scenario = {
  name: "ingestion",
  what: "search over the corpus, and documents by id",
  ratePerSecond: 40,
  limits: [
    { measure: "search", share: 0.95, atMostMs: 1000 },
    { measure: "document", share: 0.95, atMostMs: 1000 },
  ],
  async prepare(target) {
    const search = (query: string): Promise<SearchResults> =>
      askJson(target, `/api/ingestion/search?q=${encodeURIComponent(query)}`, SearchResults);
    const before = new Map<string, string>();
    for (const query of QUERIES) before.set(query, JSON.stringify((await search(query)).results));
    const [found] = (await search("sluice gate")).results;
    if (found === undefined) throw new Error("preparing: the search for “sluice gate” found nothing");
    return async (index) => {
      if (index % 2 === 0) {
        const query = QUERIES[(index / 2) % QUERIES.length] ?? "";
        const ms = await timed(async () => {
          assert.equal(JSON.stringify((await search(query)).results), before.get(query), "a search found otherwise");
        });
        return { search: ms };
      }
      const ms = await timed(async () => {
        const view = await askJson(target, `/api/ingestion/documents/${found.documentId}`, DocumentView);
        assert.equal(view.document.id, found.documentId, "another document came");
      });
      return { document: ms };
    };
  },
};
