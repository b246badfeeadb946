/**
 * The artifact store port: content-addressed bytes, a namespace for each project.
 *
 * The address is the SHA-256 of the plaintext. A store is only ever used through one project's view of it, so a caller that holds the
 * view of one project can neither read another's artifacts nor learn, by asking for a hash, that they exist: equal bytes of two
 * projects are stored twice.
 */
import type { ArtifactRef } from "@millrace/contracts";

export interface ArtifactStore {
  /**
   * The view of one project.
   * @throws {RangeError} If `project` is not a project name.
   */
  forProject(project: string): Artifacts;
}

export interface Artifacts {
  /**
   * Stores bytes under their hash; storing them again changes nothing. A stream is spooled to disk, never held in memory.
   * @param content Read to its end; when reading fails nothing is stored.
   * @param mediaType For the returned reference; it is not part of the address.
   */
  put(content: Uint8Array | ReadableStream<Uint8Array>, mediaType: string): Promise<ArtifactRef>;
  /**
   * Reads an artifact from start to end. The hash is checked on the way: bytes that do not belong to the address make the stream
   * fail, at the latest before it ends, so what was read counts only once the stream has ended.
   * @throws {ArtifactNotFoundError} If the project has no such artifact.
   */
  stream(sha256: string): Promise<ReadableStream<Uint8Array>>;
  /**
   * Reads a whole artifact into memory, verified.
   * @throws {ArtifactNotFoundError} If the project has no such artifact.
   * @throws {ArtifactCorruptError} If the stored bytes do not have this hash.
   */
  bytes(sha256: string): Promise<Uint8Array>;
  /**
   * Reads bytes `from` up to, not including, `to`, verified chunk by chunk against the manifest; costs up to two chunks more.
   * @param from At least 0.
   * @param to At most the size; larger values are cut to it.
   * @throws {ArtifactNotFoundError} If the project has no such artifact.
   * @throws {ArtifactCorruptError} If a chunk does not have the hash in its manifest.
   * @throws {RangeError} If the range is not 0 <= from <= to.
   */
  range(sha256: string, from: number, to: number): Promise<Uint8Array>;
  /** Size in bytes, or undefined if the project has no such artifact. */
  sizeOf(sha256: string): Promise<number | undefined>;
  /** Whether the project has it. */
  has(sha256: string): Promise<boolean>;
  /** Removes it; a missing one is no error. */
  delete(sha256: string): Promise<void>;
  /**
   * Removes it, unless it is younger: storing bytes that are there already makes them young again.
   * @param beforeMs Milliseconds since 1970 of the store's clock.
   * @returns Whether it is gone.
   */
  deleteOlder(sha256: string, beforeMs: number): Promise<boolean>;
  /** All of the project's artifacts, by ascending address. */
  list(): AsyncIterable<StoredArtifact>;
}

export interface StoredArtifact {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When it was stored last: milliseconds since 1970 of the store's clock. */
  readonly storedAtMs: number;
}

/** The project has no artifact of this address. */
export class ArtifactNotFoundError extends Error {
  override readonly name = "ArtifactNotFoundError";
  readonly sha256: string;

  constructor(project: string, sha256: string) {
    super(`reading artifact ${sha256} of project "${project}": not found`);
    this.sha256 = sha256;
  }
}

/** What is stored under an address does not have that hash: the disk or somebody changed it. Not retryable. */
export class ArtifactCorruptError extends Error {
  override readonly name = "ArtifactCorruptError";
  readonly sha256: string;

  constructor(sha256: string, found: string) {
    super(`verifying artifact ${sha256}: found ${found}`);
    this.sha256 = sha256;
  }
}
