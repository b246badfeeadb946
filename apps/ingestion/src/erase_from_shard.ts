/** Takes a document out of what the cleaning of a shard has left: the texts that passed, and the record of what did not. */
import type { Artifacts } from "@millrace/artifacts";
import { type ArtifactRef, DroppedDocument } from "@millrace/contracts";
import { bytesOf, take } from "./counts.ts";
import type { CleanedShard } from "./deduplicate.ts";
import { forgottenRecord, moveToForgotten, saysNothing } from "./forgotten.ts";
import { linesOf, openLines } from "./json_artifacts.ts";
import { PassedDocument } from "./passed_document.ts";

/**
 * Writes a cleaned shard without a document. Running it on its own result changes nothing.
 * @returns Undefined where the shard holds nothing of it.
 */
export async function eraseFromShard(
  artifacts: Artifacts,
  shard: CleanedShard,
  id: string,
): Promise<CleanedShard | undefined> {
  const counts = structuredClone(shard.counts);
  const passed = await find(artifacts, shard.documents, PassedDocument, id);
  if (passed) {
    const sizeBytes = bytesOf(passed.text);
    counts.passed -= 1;
    counts.bytes.passed -= sizeBytes;
    take(counts.languages, passed.language);
    for (const { type } of passed.redactions) take(counts.redactions, type);
    moveToForgotten(counts, sizeBytes);
    const record = forgottenRecord({ ...passed, sizeBytes });
    const documents = await rewritten(artifacts, shard.documents, PassedDocument, id);
    const dropped = await rewritten(artifacts, shard.dropped, DroppedDocument, id, record);
    return { documents, dropped, counts };
  }
  const left = await find(artifacts, shard.dropped, DroppedDocument, id);
  if (!left || saysNothing(left)) return undefined;
  moveToForgotten(counts, left.sizeBytes, left.reasons[0]?.code);
  const dropped = await rewritten(artifacts, shard.dropped, DroppedDocument, id, forgottenRecord(left));
  return { documents: shard.documents, dropped, counts };
}

interface Lines<Value> {
  parse(value: unknown): Value;
}

async function find<Value extends { readonly id: string }>(
  artifacts: Artifacts,
  ref: ArtifactRef,
  lines: Lines<Value>,
  id: string,
): Promise<Value | undefined> {
  for await (const value of linesOf(artifacts, ref, lines)) if (value.id === id) return value;
  return undefined;
}

/** The lines but those of a document, then one in their place. */
async function rewritten<Value extends { readonly id: string }>(
  artifacts: Artifacts,
  ref: ArtifactRef,
  lines: Lines<Value>,
  id: string,
  instead?: Value,
): Promise<ArtifactRef> {
  const writer = openLines(artifacts);
  try {
    for await (const value of linesOf(artifacts, ref, lines)) if (value.id !== id) await writer.write(value);
    if (instead) await writer.write(instead);
  } catch (error) {
    await writer.abort(error);
    throw error;
  }
  return writer.close();
}
