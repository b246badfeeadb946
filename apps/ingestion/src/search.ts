import type { SearchResults } from "@millrace/contracts";
import { type Queries, rowsOf } from "@millrace/database";
import { sql } from "drizzle-orm";

/** Marks of a hit: noncharacters, which no text is meant to hold. */
const [OPEN, CLOSE] = ["\uFDD0", "\uFDD1"];

/**
 * Searches the passages of a run: words, "phrases", -without, or.
 * @param query As a person writes it; anything is a valid query.
 * @param limit Most results.
 */
export async function search(
  db: Queries,
  project: string,
  runId: string,
  query: string,
  limit: number,
): Promise<Pick<SearchResults, "total" | "results">> {
  const wanted = sql`websearch_to_tsquery('english', ${query})`;
  const scope = sql`project = ${project} and run_id = ${runId} and words @@ ${wanted}`;
  const [counted] = await rowsOf(db, sql`select count(*)::int as total from ingestion.passage where ${scope}`);
  const options = `StartSel=${OPEN}, StopSel=${CLOSE}, HighlightAll=true`;
  const rows = await rowsOf(
    db,
    sql`select document_id, source, title, score, ts_headline('english', passage, ${wanted}, ${options}) as marked
        from (select document_id, source, title, passage, place, ts_rank_cd(words, ${wanted}) as score
              from ingestion.passage where ${scope}
              order by score desc, document_id, place limit ${limit}) as best
        order by score desc, document_id, place`,
  );
  return {
    total: Number(counted?.["total"] ?? 0),
    results: rows.map((row) => ({
      documentId: String(row["document_id"]),
      source: String(row["source"]),
      title: row["title"] === null ? null : String(row["title"]),
      ...hitsOf(String(row["marked"])),
      score: Number(row["score"]),
    })),
  };
}

/** Takes the marks out of a passage and tells where they were. */
export function hitsOf(marked: string): Pick<SearchResults["results"][number], "passage" | "hits"> {
  const hits: { start: number; end: number }[] = [];
  let passage = "";
  let start = 0;
  for (const part of marked.split(/([\uFDD0\uFDD1])/)) {
    if (part === OPEN) start = passage.length;
    else if (part === CLOSE) hits.push({ start, end: passage.length });
    else passage += part;
  }
  return { passage, hits };
}
