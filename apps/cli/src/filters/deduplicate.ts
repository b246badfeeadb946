/** The one filter that decides over all records: it keeps the signature of each, and answers at the end. */
import { cluster, exactKey, signature, type DedupRecord } from "@millrace/corpus";
import { readRecords } from "./read_records.ts";
import { toTextRecord, type TextRecord } from "./records.ts";
import { openOutput } from "./record_output.ts";

/**
 * Reads `{"id","text"}` and writes `{"id","cluster","duplicateOf"}`. A repeated id is reported and left out.
 * @param files None means standard input.
 * @param documents Writes one document of each cluster instead, as it came.
 */
export async function deduplicate(files: readonly string[], documents: boolean): Promise<void> {
  const output = openOutput("dedup");
  const records: DedupRecord[] = [];
  // Ids may be numbers: they are compared as texts, and given back as they came.
  const ids = new Map<string, TextRecord["id"]>();
  // As bytes they lie outside of Node's heap, which is smaller than memory.
  const texts = new Map<string, Buffer>();
  for await (const { position, value } of readRecords(files, toTextRecord, output)) {
    const id = String(value.id);
    if (ids.has(id)) {
      output.fail(position, `found the id ${JSON.stringify(value.id)} a second time, wanted each once`);
      continue;
    }
    ids.set(id, value.id);
    if (documents) texts.set(id, Buffer.from(JSON.stringify(value)));
    records.push({ id, admitted: 0, exact: await exactKey(value.text), signature: signature(value.text) });
  }
  for (const { id, cluster: name, duplicateOf } of cluster(records)) {
    if (documents) {
      if (duplicateOf === null) await output.write(JSON.parse(String(texts.get(id))));
      continue;
    }
    await output.write({
      id: ids.get(id),
      cluster: ids.get(name),
      duplicateOf: duplicateOf === null ? null : ids.get(duplicateOf),
    });
  }
}
