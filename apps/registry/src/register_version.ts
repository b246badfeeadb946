import type { BaseSummary, EventData, EVENTS, LineageNode } from "@millrace/contracts";
import type { EffectContext } from "@millrace/service";
import { and, eq, sql } from "drizzle-orm";
import { knowArtifacts } from "./artifacts.ts";
import { recordLineage } from "./lineage.ts";
import { models, versions } from "./tables.ts";

type Registration = EventData<(typeof EVENTS)["modelRegister"]>;

/**
 * Gives a run's model its version number: the next of its name. A run that was registered before keeps its number.
 * @returns The number.
 */
export async function registerVersion(context: EffectContext, data: Registration): Promise<number> {
  const { db, project } = context;
  const { runId, model, attempt: _attempt, ...parts } = data;
  const ofRun = and(eq(versions.project, project), eq(versions.runId, runId));
  const [before] = await db.select({ version: versions.version }).from(versions).where(ofRun);
  if (before) return before.version;
  // The row's lock makes two runs of one name take turns.
  const [numbered] = await db
    .insert(models)
    .values({ project, name: model, lastVersion: 1, createdAt: context.now() })
    .onConflictDoUpdate({
      target: [models.project, models.name],
      set: { lastVersion: sql`${models.lastVersion} + 1` },
    })
    .returning({ version: models.lastVersion });
  const version = (numbered as { version: number }).version;
  const { corpusHash, exact } = data;
  const row = { project, model, version, runId, state: "registered" as const, corpusHash, exact, parts };
  await db.insert(versions).values({ ...row, createdAt: context.now() });
  const { recipe, checkpoint, tokenizer, corpus, tokenized, base, adapter } = data;
  await knowArtifacts(db, project, [
    recipe,
    checkpoint,
    tokenizer,
    corpus,
    tokenized,
    ...(base ? [base.manifest] : []),
    ...Object.values(adapter ?? {}),
  ]);
  const name = `${model}@${version}`;
  await recordLineage(db, project, { kind: "version", id: name, label: name }, [
    { kind: "checkpoint", id: checkpoint.sha256, label: "checkpoint", relation: "weights" },
    { kind: "tokenizer", id: tokenizer.sha256, label: "tokenizer", relation: "tokenizer" },
  ]);
  await recordLineage(db, project, { kind: "checkpoint", id: checkpoint.sha256, label: "checkpoint" }, [
    { kind: "run", id: runId, label: runId, relation: "trained by" },
    { kind: "tokenized", id: tokenized.sha256, label: "token shards", relation: "trained on" },
    ...(base ? [{ ...baseNode(base), relation: "trained further from" }] : []),
  ]);
  if (base) {
    const node = { kind: "tokenizer", id: tokenizer.sha256, label: "tokenizer" } as const;
    await recordLineage(db, project, node, [{ ...baseNode(base), relation: "taken from" }]);
  }
  return version;
}

function baseNode({ manifest, name, licence }: BaseSummary): LineageNode {
  return { kind: "base", id: manifest.sha256, label: licence === null ? name : `${name} (${licence})` };
}
