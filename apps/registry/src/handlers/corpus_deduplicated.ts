import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { knowArtifacts } from "../artifacts.ts";
import { recordLineage } from "../lineage.ts";
import { corpora } from "../tables.ts";

export const corpusDeduplicated = onEvent({
  name: "corpus_deduplicated",
  version: 1,
  event: EVENTS.corpusDeduplicated,
  async handle({ data }, { db, project, now }) {
    const { runId, corpus, corpusHash, report } = data;
    const row = { project, corpusHash, manifest: corpus, documents: report.kept, createdAt: now() };
    await db.insert(corpora).values(row).onConflictDoNothing();
    await knowArtifacts(db, project, [corpus]);
    const label = `${report.kept} documents`;
    await recordLineage(db, project, { kind: "corpus", id: corpusHash, label }, [
      { kind: "run", id: runId, label: runId, relation: "made by" },
    ]);
  },
});
