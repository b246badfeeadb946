/** What an artifact holds, as far as its first bytes tell. */
export type ContentKind = "JSON" | "JSON lines" | "weights" | "graphs" | "other";

const [BRACE, BRACKET, QUOTE] = [0x7b, 0x5b, 0x22];

/**
 * @param head Its first chunk, or all of it.
 * @returns `JSON` for one value, or for what may be one: a line that does not end in the chunk.
 */
export function contentKind(head: Uint8Array): ContentKind {
  const [first] = head;
  if (first === BRACE || first === BRACKET) {
    const lineFeed = head.indexOf(10);
    return lineFeed >= 0 && head[lineFeed - 1] === 0x7d ? "JSON lines" : "JSON";
  }
  // safetensors: the length of its JSON header in 8 bytes, then the header.
  if (head[8] === BRACE && head[9] === QUOTE) return "weights";
  // ONNX: field 1 of the message, the version of the format.
  return first === 0x08 && head.length > 16 ? "graphs" : "other";
}
