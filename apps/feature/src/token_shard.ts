import type { Artifacts } from "@millrace/artifacts";
import { type DocumentIndexLine, TOKEN_MARKS, type TokenManifest } from "@millrace/contracts";

/** A shard of the manifest: token ids and the index that says which are whose. */
export type TokenShard = TokenManifest["train"][number];

/** Collects the documents of one token shard. */
export interface TokenShardWriter {
  /** Adds a document; it is preceded by the end-of-text token. Ids have to ascend, which keeps the index sorted. */
  add(document: { readonly id: string; readonly source: string }, tokens: Int32Array): void;
  /** Adds a conversation, in the same order: its tokens as they are, of which `answers` are ranges. */
  addConversation(
    document: { readonly id: string; readonly source: string },
    tokens: Int32Array,
    answers: readonly (readonly [from: number, to: number])[],
  ): void;
  /** Stores ids and index; undefined when no document was added. */
  store(artifacts: Artifacts): Promise<TokenShard | undefined>;
}

/**
 * Starts a token shard.
 * @param shard Number of the corpus shard it is made of.
 * @param endOfText Id of the token before each document.
 * @param dtype Width of an id.
 * @param isMarked Whether the corpus has conversations.
 * @param endOfDocument Id of the token after each document, where there is one.
 */
export function tokenShardWriter(
  shard: number,
  endOfText: number,
  dtype: TokenManifest["dtype"],
  isMarked: boolean,
  endOfDocument?: number,
): TokenShardWriter {
  const after = Int32Array.from(endOfDocument === undefined ? [] : [endOfDocument]);
  const parts: Int32Array[] = [];
  const lines: string[] = [];
  const marks: Uint8Array[] = [];
  let count = 0;
  const write = (
    { id, source }: { id: string; source: string },
    own: readonly Int32Array[],
    marked: Uint8Array,
  ): void => {
    const line: DocumentIndexLine = { id, source, shard, from: count, to: count + marked.length };
    lines.push(`${JSON.stringify(line)}\n`);
    parts.push(...own);
    if (isMarked) marks.push(marked);
    count = line.to;
  };
  return {
    add(document, tokens) {
      const marked = new Uint8Array(1 + tokens.length + after.length).fill(TOKEN_MARKS.predicted);
      marked[0] = TOKEN_MARKS.document;
      write(document, [Int32Array.of(endOfText), tokens, after], marked);
    },
    addConversation(document, tokens, answers) {
      const marked = new Uint8Array(1 + tokens.length).fill(TOKEN_MARKS.read);
      marked[0] = TOKEN_MARKS.between;
      marked[1] = TOKEN_MARKS.conversation;
      for (const [from, to] of answers) marked.fill(TOKEN_MARKS.predicted, 1 + from, 1 + to);
      write(document, [Int32Array.of(endOfText), tokens], marked);
    },
    async store(artifacts) {
      if (count === 0) return undefined;
      const tokens = await artifacts.put(littleEndian(parts, count, dtype), "application/octet-stream");
      const index = await artifacts.put(new TextEncoder().encode(lines.join("")), "application/jsonl");
      if (!isMarked) return { tokens, count, index };
      return { tokens, count, index, marks: await artifacts.put(bytesOf(marks, count), "application/octet-stream") };
    },
  };
}

function bytesOf(parts: readonly Uint8Array[], count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
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
