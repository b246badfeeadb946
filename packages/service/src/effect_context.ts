import type { Artifacts } from "@millrace/artifacts";
import type { EventDefinition } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import type { z } from "zod";
import type { Log } from "./log.ts";

/**
 * What a handler, the end of a job, or an HTTP command works with. Everything done through it takes effect together when the
 * transaction commits, or not at all.
 */
export interface EffectContext {
  /** The open transaction. The embedded database has one connection, so no peer may be called while it is open: see `prepare`. */
  readonly db: Queries;
  readonly project: string;
  /** The pipeline run. */
  readonly correlationId: string;
  /** Id of the event that led here. */
  readonly causationId: string;
  /** The project's artifacts. */
  readonly artifacts: Artifacts;
  readonly log: Log;
  /** The clock: milliseconds since 1970. */
  now(): number;
  /**
   * Adds an event to publish after the commit. Its id depends on the cause, the producer, the type and `key` alone, so
   * running twice publishes it once.
   * @param key Which output of this producer it is, as the catalogue's `outputKey` says, e.g. `shard 3`; once per type and effect.
   * @param run The pipeline run that begins with it; default: it belongs to the run of its cause.
   * @throws {z.ZodError} If the data does not fit the definition.
   * @throws {RangeError} If the key was used already.
   */
  output<Schema extends z.ZodType<Record<string, unknown>>>(
    key: string,
    definition: EventDefinition<Schema>,
    data: z.input<Schema>,
    run?: string,
  ): void;
  /**
   * Records a job, to be claimed after the commit. A job of this kind and key that exists already, in whatever state, is left alone.
   * @param key Unique for the kind in the project, e.g. `run-1 attempt 2`.
   * @param input Small JSON; large things are artifacts.
   */
  startJob(kind: string, key: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  /** Cancels a job that has not ended: it is not claimed any more, and its signal is aborted where it runs. */
  cancelJob(kind: string, key: string): Promise<void>;
}
