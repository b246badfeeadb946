import { EVENTS, TokenManifest } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { knowArtifacts } from "../artifacts.ts";
import { recordLineage } from "../lineage.ts";

export const corpusTokenized = onEvent({
  name: "corpus_tokenized",
  version: 1,
  event: EVENTS.corpusTokenized,
  async prepare({ data }, { artifacts }) {
    return TokenManifest.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(data.tokenized.sha256))));
  },
  async handle({ data }, { db, project }, manifest) {
    const { tokenized, tokenizer, tokens } = data;
    await knowArtifacts(db, project, [tokenized, manifest.profile]);
    const label = `${tokens.train + tokens.validation} tokens`;
    await recordLineage(db, project, { kind: "tokenized", id: tokenized.sha256, label }, [
      { kind: "corpus", id: manifest.corpusHash, label: "corpus", relation: "encoded from" },
      { kind: "tokenizer", id: tokenizer.sha256, label: "tokenizer", relation: "encoded with" },
    ]);
  },
});
