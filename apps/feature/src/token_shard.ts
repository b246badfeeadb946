import type { Artifacts } from "@millrace/artifacts";
import type { DocumentIndexLine, TokenManifest } from "@millrace/contracts";

/** A shard of the manifest: token ids and the index that says which are whose. */
export type TokenShard = TokenManifest["train"][number];

/** Collects the documents of one token shard. */
export interface TokenShardWriter {
  /** Adds a document; it is preceded by the end-of-text token. Ids have to ascend, which keeps the index sorted. */
  add(document: { readonly id: string; readonly source: string }, tokens: Int32Array): void;
  /** Stores ids and index; undefined when no document was added. */
  store(artifacts: Artifacts): Promise<TokenShard | undefined>;
}

/**
 * Starts a token shard.
 * @param shard Number of the corpus shard it is made of.
 * @param endOfText Id of the token before each document.
 * @param dtype Width of an id.
 * @param endOfDocument Id of the token after each document, where there is one.
 */
export function tokenShardWriter(
  shard: number,
  endOfText: number,
  dtype: TokenManifest["dtype"],
  endOfDocument?: number,
): TokenShardWriter {
  const after = Int32Array.from(endOfDocument === undefined ? [] : [endOfDocument]);
  const parts: Int32Array[] = [];
  const lines: string[] = [];
  let count = 0;
  return {
    add({ id, source }, tokens) {
      const line: DocumentIndexLine = { id, source, shard, from: count, to: count + 1 + tokens.length + after.length };
      lines.push(`${JSON.stringify(line)}\n`);
      parts.push(Int32Array.of(endOfText), tokens, after);
      count = line.to;
    },
    async store(artifacts) {
      if (count === 0) return undefined;
      const tokens = await artifacts.put(littleEndian(parts, count, dtype), "application/octet-stream");
      const index = await artifacts.put(new TextEncoder().encode(lines.join("")), "application/jsonl");
      return { tokens, count, index };
    },
  };
}

function littleEndian(parts: readonly Int32Array[], count: number, dtype: TokenManifest["dtype"]): Uint8Array {
  const width = dtype === "uint16" ? 2 : 4;
  const bytes = new Uint8Array(count * width);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    for (const id of part) {
      if (width === 2) view.setUint16(at, id, true);
      else view.setUint32(at, id, true);
      at += width;
    }
  }
  return bytes;
}
