import { EVENTS } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { knowArtifacts } from "../artifacts.ts";
import { recordLineage } from "../lineage.ts";
import { tokenizers } from "../tables.ts";

export const tokenizerTrained = onEvent({
  name: "tokenizer_trained",
  version: 1,
  event: EVENTS.tokenizerTrained,
  async handle({ data }, { db, project, now }) {
    const { tokenizer, vocabularySize, corpusHash } = data;
    const row = { project, sha256: tokenizer.sha256, tokenizer, vocabularySize, corpusHash, createdAt: now() };
    await db.insert(tokenizers).values(row).onConflictDoNothing();
    await knowArtifacts(db, project, [tokenizer]);
    const label = `${vocabularySize} tokens`;
    await recordLineage(db, project, { kind: "tokenizer", id: tokenizer.sha256, label }, [
      { kind: "corpus", id: corpusHash, label: "corpus", relation: "learnt from" },
    ]);
  },
});
