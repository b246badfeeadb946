/** Looking things up by a part of their name, or by the first digits of a hash. */
import type { LineageNode, RegistryFindings } from "@millrace/contracts";
import { type Queries, rowsOf } from "@millrace/database";
import { or, sql } from "drizzle-orm";
import { aliases, versions } from "./tables.ts";
import { listVersions } from "./versions_store.ts";

/** Fewer digits would find by chance. */
const HASH = /^[0-9a-f]{4,64}$/;

/**
 * @param text What the name of a version holds, or what a hash or another id of the lineage begins with; the case of letters does not count.
 * @param limit Most versions, and most nodes.
 */
export async function find(db: Queries, project: string, text: string, limit: number): Promise<RegistryFindings> {
  const wanted = text.toLowerCase();
  const named = sql`strpos(${versions.model} || '@' || ${versions.version}, ${wanted}) > 0`;
  const aliased = sql`exists (select from ${aliases} where ${aliases.project} = ${versions.project}
    and ${aliases.model} = ${versions.model} and ${aliases.version} = ${versions.version}
    and strpos(lower(${aliases.model} || '@' || ${aliases.alias}), ${wanted}) > 0)`;
  const all = sql`${versions.parts} || jsonb_build_object(
    'onnx', ${versions.onnx}, 'folder', ${versions.folder}, 'package', ${versions.package})`;
  const made = sql`starts_with(${versions.corpusHash}, ${wanted}) or exists (
    select from jsonb_each(${all}) as part where starts_with(part.value ->> 'sha256', ${wanted}))`;
  const found = await listVersions(
    db,
    project,
    HASH.test(wanted) ? or(named, aliased, made) : or(named, aliased),
    limit,
  );
  const nodes = await rowsOf(
    db,
    sql`select kind, id, label from registry.lineage_node
        where project = ${project} and starts_with(lower(id), ${wanted}) order by id limit ${limit}`,
  );
  return { versions: found, nodes: nodes as unknown as LineageNode[] };
}
