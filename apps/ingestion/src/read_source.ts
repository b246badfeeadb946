/** The bytes of a planned file. */
import type { SourcePlan } from "@millrace/contracts";
import type { SourceFiles } from "./source_files.ts";

export type SourceBytes =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: "unreadable" | "changed"; readonly detail: string };

/**
 * Reads a planned file. One that has changed since the list was frozen is not taken: its documents would depend on when they were read.
 */
export async function readSource(
  files: SourceFiles,
  root: string,
  source: SourcePlan["sources"][number],
  mostBytes: number,
): Promise<SourceBytes> {
  let bytes: Uint8Array;
  try {
    bytes = await files.read(root, source.path, mostBytes);
  } catch (error) {
    return { ok: false, reason: "unreadable", detail: error instanceof Error ? error.message : String(error) };
  }
  if ((await sha256(bytes)) === source.sha256) return { ok: true, bytes };
  return { ok: false, reason: "changed", detail: "the file has changed since the source list was frozen" };
}

/** SHA-256, hexadecimal. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
