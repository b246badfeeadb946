import type { TokenManifest } from "@millrace/contracts";

/** Bytes of an id. */
export function widthOf(dtype: TokenManifest["dtype"]): number {
  return dtype === "uint16" ? 2 : 4;
}

/** Ids of a token shard's bytes: whole ids, little-endian. */
export function tokenIds(bytes: Uint8Array, dtype: TokenManifest["dtype"]): Uint16Array | Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (dtype === "uint16") {
    const ids = new Uint16Array(bytes.length / 2);
    for (let at = 0; at < ids.length; at += 1) ids[at] = view.getUint16(2 * at, true);
    return ids;
  }
  const ids = new Uint32Array(bytes.length / 4);
  for (let at = 0; at < ids.length; at += 1) ids[at] = view.getUint32(4 * at, true);
  return ids;
}
