/**
 * The artifact store port: content-addressed bytes with a namespace for each project. Adapters have doors of their own:
 * `@millrace/artifacts/file` (embedded) and `@millrace/artifacts/s3`.
 *
 * ```ts
 * import { fileStore } from "@millrace/artifacts/file";
 *
 * const artifacts = fileStore(".millrace/artifacts").forProject("default");
 * const { sha256 } = await artifacts.put(new TextEncoder().encode("hello"), "text/plain");
 * console.log(await artifacts.range(sha256, 0, 2));
 * ```
 *
 * @module
 */
export { readLines } from "./lines.ts";
export { compareBytes, findSortedLine, sortedLinesAfter } from "./sorted_lines.ts";
export {
  ArtifactCorruptError,
  ArtifactNotFoundError,
  type Artifacts,
  type ArtifactStore,
  type StoredArtifact,
} from "./store.ts";
