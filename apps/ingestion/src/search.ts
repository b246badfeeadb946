import type { SearchResults } from "@millrace/contracts";
import { type Queries, rowsOf } from "@millrace/database";
import { sql } from "drizzle-orm";
import { searchTerms, withHitsOf } from "./search_terms.ts";

/** Marks of a hit: noncharacters, which no text is meant to hold. */
const [OPEN, CLOSE] = ["\uFDD0", "\uFDD1"];

/** What `ts_rank_cd` gives for a word that stands once. */
const SCORE_OF_ONE = 0.1;

/**
 * Searches the passages of a run: words, "phrases", -without, or. What is written without spaces, as Japanese is, is found by its
 * characters, wherever they stand together; all such pieces have to be there.
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
  const terms = searchTerms(query);
  const wanted = sql`websearch_to_tsquery('english', ${terms.words})`;
  const said = sql`(coalesce(title, '') || ' ' || passage)`;
  // Quotes, and words such as "the", leave nothing for the index: then the pieces alone decide.
  const byWords =
    terms.wanted.length === 0 ? sql`words @@ ${wanted}` : sql`(numnode(${wanted}) = 0 or words @@ ${wanted})`;
  const scope = sql.join(
    [
      sql`project = ${project} and run_id = ${runId} and ${byWords}`,
      ...terms.wanted.map((piece) => sql`strpos(${said}, ${piece}) > 0`),
      ...terms.unwanted.map((piece) => sql`strpos(${said}, ${piece}) = 0`),
    ],
    sql` and `,
  );
  const score = sql.join(
    [
      sql`ts_rank_cd(words, ${wanted})`,
      ...terms.wanted.map(
        (piece) =>
          sql`${SCORE_OF_ONE}::real * (length(${said}) - length(replace(${said}, ${piece}, ''))) / length(${piece})`,
      ),
    ],
    sql` + `,
  );
  const [counted] = await rowsOf(db, sql`select count(*)::int as total from ingestion.passage where ${scope}`);
  const options = `StartSel=${OPEN}, StopSel=${CLOSE}, HighlightAll=true`;
  const rows = await rowsOf(
    db,
    sql`select document_id, source, title, score, ts_headline('english', passage, ${wanted}, ${options}) as marked
        from (select document_id, source, title, passage, place, ${score} as score
              from ingestion.passage where ${scope}
              order by score desc, document_id, place limit ${limit}) as best
        order by score desc, document_id, place`,
  );
  return {
    total: Number(counted?.["total"] ?? 0),
    results: rows.map((row) => {
      const { passage, hits } = hitsOf(String(row["marked"]));
      return {
        documentId: String(row["document_id"]),
        source: String(row["source"]),
        title: row["title"] === null ? null : String(row["title"]),
        passage,
        hits: withHitsOf(passage, terms.wanted, hits),
        score: Number(row["score"]),
      };
    }),
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
