/** Writing and reading the graph of what was made from what. */
import type { Lineage } from "@millrace/contracts";
import { type Queries, rowsOf } from "@millrace/database";
import { sql } from "drizzle-orm";
import { lineageEdges, lineageNodes } from "./tables.ts";

export type LineageNode = Lineage["nodes"][number];

/** Adds nodes, and edges from each of `from` to `to`; what is known already stays. */
export async function recordLineage(
  db: Queries,
  project: string,
  to: LineageNode,
  from: readonly (LineageNode & { readonly relation: string })[],
): Promise<void> {
  const nodes = [to, ...from].map(({ id, kind, label }) => ({ project, id, kind, label }));
  await db.insert(lineageNodes).values(nodes).onConflictDoNothing();
  if (from.length === 0) return;
  const edges = from.map(({ id, relation }) => ({ project, from: id, to: to.id, relation }));
  await db.insert(lineageEdges).values(edges).onConflictDoNothing();
}

/** Most nodes of one answer; a graph that is larger is cut, nearest nodes first. */
const MOST_NODES = 500;

/**
 * Everything that led to a node and everything that came of it, but not its siblings. Runs that make the same bytes share the artifact's
 * node. So the way up does not leave a corpus for the runs that made it, unless it is the corpus that is asked for; and it leaves a
 * version's checkpoint for the version's own run alone.
 * @param id Of the node.
 */
export async function lineageOf(db: Queries, project: string, id: string): Promise<Lineage> {
  const found = await rowsOf(
    db,
    sql`with recursive
      own (run_id) as (
        select run_id from registry.version where project = ${project} and model || '@' || version = ${id}),
      up (id, depth) as (
        select ${id}::text, 0 union
        select edge.from_id, up.depth + 1 from up
          join registry.lineage_edge edge on edge.project = ${project} and edge.to_id = up.id
          where up.depth < 32
            and (up.depth = 0 or edge.relation <> 'made by')
            and not (up.depth = 1 and edge.relation = 'trained by' and edge.from_id <> any (select run_id from own))),
      down (id, depth) as (
        select ${id}::text, 0 union
        select edge.to_id, down.depth + 1 from down
          join registry.lineage_edge edge on edge.project = ${project} and edge.from_id = down.id where down.depth < 32),
      near (id, depth) as (
        select id, min(depth) from (select * from up union all select * from down) as both_ways group by id)
      select node.id, node.kind, node.label from near
        join registry.lineage_node node on node.project = ${project} and node.id = near.id
        order by near.depth, node.id limit ${MOST_NODES}`,
  );
  const nodes = found as unknown as Lineage["nodes"];
  if (nodes.length === 0) return { nodes, edges: [] };
  const ids = sql.join(
    nodes.map((node) => sql`${node.id}`),
    sql`, `,
  );
  const edges = await rowsOf(
    db,
    sql`select from_id as "from", to_id as "to", relation from registry.lineage_edge
        where project = ${project} and from_id in (${ids}) and to_id in (${ids}) order by from_id, to_id`,
  );
  return { nodes, edges: edges as unknown as Lineage["edges"] };
}
