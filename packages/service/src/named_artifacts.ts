/**
 * Which artifacts a service needs: all addresses that stand in its rows. It asks the database which tables and columns there are, so a
 * table that is added is not forgotten. A hash of something else that looks like an address is taken for one: that keeps a little too
 * much and loses nothing.
 */
import type { NamedArtifacts } from "@millrace/contracts";
import { type Queries, rowsOf } from "@millrace/database";
import { type SQL, sql } from "drizzle-orm";

type Named = NamedArtifacts["artifacts"][number];

/** `jsonb` is written with the shorter key first: the type of an ArtifactRef follows its address. */
const ADDRESS_IN_JSON = '([0-9a-f]{64})(?:", "mediaType": "([^"]{1,200})")?';

/** Ids of documents are hashes too, and there are as many as passages in the index. */
const NO_ADDRESSES = ["document_id"];

/**
 * @param service Its schema is of the same name.
 * @param inPassing Tables that name artifacts without needing them.
 */
export async function namedArtifacts(
  db: Queries,
  service: string,
  project: string,
  inPassing: readonly string[],
): Promise<NamedArtifacts> {
  const columns = await rowsOf(
    db,
    sql`select table_name, column_name, data_type from information_schema.columns
        where table_schema = ${service} and data_type in ('jsonb', 'text')`,
  );
  const tables = Map.groupBy(columns, (column) => String(column["table_name"]));
  const found = new Map<string, Named>();
  for (const [table, own] of tables) {
    if (inPassing.includes(table)) continue;
    const hasProject = own.some((column) => column["column_name"] === "project");
    const which = sql`${hasProject ? sql`project = ${project}` : sql`true`} and ${needed(table)}`;
    for (const { column_name: column, data_type: type } of own) {
      if (NO_ADDRESSES.includes(String(column))) continue;
      const rows = await rowsOf(db, addressesIn(service, table, String(column), type === "jsonb", which));
      for (const row of rows) keep(found, String(row["sha256"]), row["media_type"]);
    }
  }
  const [oldest] = await rowsOf(
    db,
    sql`select min(created_at)::float8 as since from ${sql.identifier(service)}.job where project = ${project} and ${needed("job")}`,
  );
  const since = oldest?.["since"] ?? null;
  return { artifacts: [...found.values()], workingSinceMs: since === null ? null : Number(since) };
}

/** What has been done, and told, needs nothing. */
function needed(table: string): SQL {
  if (table === "job") return sql`state in ('queued', 'running')`;
  return table === "inbox" ? sql`published_at is null` : sql`true`;
}

function addressesIn(schema: string, table: string, column: string, isJson: boolean, which: SQL): SQL {
  const from = sql`${sql.identifier(schema)}.${sql.identifier(table)}`;
  const value = sql.identifier(column);
  if (!isJson)
    return sql`select distinct ${value} as sha256 from ${from} where ${which} and ${value} ~ '^[0-9a-f]{64}$'`;
  return sql`select distinct found[1] as sha256, found[2] as media_type
    from ${from}, regexp_matches(${value}::text, ${ADDRESS_IN_JSON}, 'g') as found where ${which}`;
}

function keep(found: Map<string, Named>, sha256: string, mediaType: unknown): void {
  const known = found.get(sha256)?.mediaType ?? null;
  found.set(sha256, { sha256, mediaType: known ?? (typeof mediaType === "string" ? mediaType : null) });
}
