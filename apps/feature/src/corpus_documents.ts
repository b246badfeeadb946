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

/** Texts of the documents of a whole corpus, in no order that means anything. @param split Of one side alone; default: of both. */
export async function* textsOf(
  artifacts: Artifacts,
  corpus: CorpusManifest,
  split?: CorpusDocument["split"],
): AsyncGenerator<string> {
  for (const shard of corpus.shards) {
    for await (const document of documentsOf(artifacts, shard)) {
      if (split === undefined || document.split === split) yield document.text;
    }
  }
}
