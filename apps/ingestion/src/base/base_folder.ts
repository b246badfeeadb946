/** Where the files of a model lie that is to be trained further: a folder of this machine, or the hub. */
import type { BaseModel } from "@millrace/contracts";

export interface BaseFolder {
  readonly origin: BaseModel["origin"];
  /** Bytes of each file at its top by name, as far as they are told. */
  readonly sizes: ReadonlyMap<string, number>;
  /**
   * Opens a file that `sizes` names.
   * @param arrived Told while it is downloaded, with the bytes that have come.
   * @throws {BaseModelError} If it cannot be had.
   */
  open(name: string, arrived: (bytes: number) => Promise<void>): Promise<ReadableStream<Uint8Array>>;
}

/** Finds a model. */
export interface BaseFolders {
  /**
   * @param from As a recipe says it; a path is absolute.
   * @param signal Ends all waiting.
   * @throws {BaseModelError} If there is none, or it cannot be reached.
   */
  find(from: string, signal: AbortSignal): Promise<BaseFolder>;
  /**
   * Deletes what was kept of hubs and not used since, or only tells what that is. Without the network, where nothing could be had again,
   * all stays.
   */
  freeUnused(options: {
    readonly usedBeforeMs: number;
    readonly dryRun: boolean;
  }): Promise<{ readonly kept: CacheAmount; readonly freed: CacheAmount }>;
}

/** Of files that were kept of hubs. */
export interface CacheAmount {
  readonly files: number;
  readonly bytes: number;
}

/** A base model that cannot be had. */
export class BaseModelError extends Error {
  override readonly name = "BaseModelError";
  /** Whether another attempt may end otherwise. */
  readonly mayPass: boolean;

  constructor(message: string, options: ErrorOptions & { readonly mayPass?: boolean } = {}) {
    super(`taking the base model: ${message}`, options);
    this.mayPass = options.mayPass ?? false;
  }
}
