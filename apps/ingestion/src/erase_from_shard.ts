/** Takes a document out of what the cleaning of a shard has left: the texts that passed, and the record of what did not. */
import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef } from "@millrace/contracts";
import { bytesOf, take } from "./counts.ts";
import type { CleanedShard } from "./deduplicate.ts";
import { forgottenRecord, isForgotten, moveToForgotten, saysNothing } from "./forgotten.ts";
import { linesOf, openLines } from "./json_artifacts.ts";
import { LeftDocument, PassedDocument } from "./passed_document.ts";

/** A cleaned shard without a document. */
export interface ErasedShard extends CleanedShard {
  /** Ids of what was taken out of the texts: the document, or the parts of the file that it is. */
  readonly erased: readonly string[];
}

/**
 * Writes a cleaned shard without a document, and without the parts of a file that is the document. Running it on its own result changes
 * nothing.
 * @returns Undefined where the shard holds nothing of it.
 */
export async function eraseFromShard(
  artifacts: Artifacts,
  shard: CleanedShard,
  id: string,
): Promise<ErasedShard | undefined> {
  const isOf = (one: Pick<LeftDocument, "id" | "whole">): boolean => isForgotten(new Set([id]), one);
  const passed: PassedDocument[] = [];
  const left: LeftDocument[] = [];
  for await (const one of linesOf(artifacts, shard.documents, PassedDocument)) if (isOf(one)) passed.push(one);
  for await (const one of linesOf(artifacts, shard.dropped, LeftDocument)) {
    if (isOf(one) && !saysNothing(one)) left.push(one);
  }
  if (passed.length + left.length === 0) return undefined;
  const counts = structuredClone(shard.counts);
  const records: LeftDocument[] = [];
  for (const document of passed) {
    const sizeBytes = bytesOf(document.text);
    counts.passed -= 1;
    counts.bytes.passed -= sizeBytes;
    take(counts.languages, document.language);
    for (const { type } of document.redactions) take(counts.redactions, type);
    moveToForgotten(counts, sizeBytes);
    records.push(forgottenRecord({ ...document, sizeBytes }));
  }
  for (const document of left) {
    moveToForgotten(counts, document.sizeBytes, document.reasons[0]?.code);
    records.push(forgottenRecord(document));
  }
  const gone = new Set([...passed, ...left].map((one) => one.id));
  const documents =
    passed.length === 0 ? shard.documents : await rewritten(artifacts, shard.documents, PassedDocument, gone);
  const dropped = await rewritten(artifacts, shard.dropped, LeftDocument, gone, records);
  return { documents, dropped, counts, erased: passed.map((one) => one.id) };
}

interface Lines<Value> {
  parse(value: unknown): Value;
}

/** The lines but those of some documents, then others in their place. */
async function rewritten<Value extends { readonly id: string }>(
  artifacts: Artifacts,
  ref: ArtifactRef,
  lines: Lines<Value>,
  gone: ReadonlySet<string>,
  instead: readonly Value[] = [],
): Promise<ArtifactRef> {
  const writer = openLines(artifacts);
  try {
    for await (const value of linesOf(artifacts, ref, lines)) if (!gone.has(value.id)) await writer.write(value);
    for (const value of instead) await writer.write(value);
  } catch (error) {
    await writer.abort(error);
    throw error;
  }
  return writer.close();
}
