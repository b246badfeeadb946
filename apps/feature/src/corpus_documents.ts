import { type Artifacts, readLines } from "@millrace/artifacts";
import { CorpusDocument, type CorpusManifest } from "@millrace/contracts";

/** Documents of one corpus shard, in its order: ascending by id. */
export async function* documentsOf(
  artifacts: Artifacts,
  shard: CorpusManifest["shards"][number],
): AsyncGenerator<CorpusDocument> {
  for await (const line of readLines(await artifacts.stream(shard.documents.sha256))) {
    yield CorpusDocument.parse(JSON.parse(line));
  }
}

/** Texts of the training documents of a whole corpus: what a tokenizer may learn from. */
export async function* trainingTexts(artifacts: Artifacts, corpus: CorpusManifest): AsyncGenerator<string> {
  for (const shard of corpus.shards) {
    for await (const document of documentsOf(artifacts, shard)) {
      if (document.split === "train") yield document.text;
    }
  }
}
