import type { Artifacts } from "@millrace/artifacts";
import type { EventDefinition } from "@millrace/contracts";
import type { Database } from "@millrace/database";
import type { z } from "zod";
import type { EffectContext } from "./effect_context.ts";
import type { Log } from "./log.ts";
import type { Peers } from "./ports.ts";

/** A claimed job. */
export interface Job<Input> {
  /** Depends on service, kind, project and key alone. */
  readonly id: string;
  readonly kind: string;
  readonly key: string;
  readonly project: string;
  readonly input: Input;
  readonly correlationId: string;
  /** Id of the event whose handler recorded the job. */
  readonly causationId: string;
  /** 1 for the first claim, more after an error or the death of an owner; hand it to others so that they refuse earlier owners. */
  readonly generation: number;
  /** What the last `progress` call of an earlier claim left behind. */
  readonly progress: unknown;
}

/** What a running job works with. No transaction is open. */
export interface JobContext {
  readonly project: string;
  readonly database: Database;
  readonly artifacts: Artifacts;
  readonly peers: Peers;
  readonly log: Log;
  /** Aborted when the job is cancelled, its lease is lost, or the process stops. Work must end soon after. */
  readonly signal: AbortSignal;
  now(): number;
  /**
   * Keeps a small JSON value with the job, for viewers and for a later claim to go on from.
   * @throws {LeaseLostError} If another owner has the job or it was cancelled.
   */
  progress(value: unknown): Promise<void>;
  /**
   * Publishes an event at once, while the job runs. Ids as for `output`: a resumed job that emits the same key publishes the
   * same id again, with the data of the second time.
   */
  emit<Schema extends z.ZodType<Record<string, unknown>>>(
    key: string,
    definition: EventDefinition<Schema>,
    data: z.input<Schema>,
  ): Promise<void>;
}

/** Long work with a lease: resumed by another process when its owner dies, ended exactly once. */
export interface JobDefinition<Input, Result> {
  /** `snake_case`; unique in the service. */
  readonly kind: string;
  /** Raised when its outputs get a new meaning: they get new ids. */
  readonly version: number;
  readonly input: z.ZodType<Input>;
  /** Time in ms after which a silent owner counts as dead. Default 30,000. It is extended while the job runs. */
  readonly leaseMs?: number;
  /** Errors before it counts as failed. Default 3. The death of an owner is not an error. */
  readonly maxAttempts?: number;
  /** Jobs of this kind run at a time in one process. Default 1. */
  readonly concurrency?: number;
  /** May be run again from the start after a crash: make it safe to run twice. */
  run(job: Job<Input>, context: JobContext): Promise<Result>;
  /** Records the result, in the transaction that ends the job. Not called when the job was cancelled or lost. */
  completed(result: Result, context: EffectContext, job: Job<Input>): Promise<void>;
  /** Records the failure, in the transaction that ends the job, after the last error. */
  failed(error: Error, context: EffectContext, job: Job<Input>): Promise<void>;
}

const DEFAULTS = { leaseMs: 30_000, maxAttempts: 3, concurrency: 1 } as const;

/** A job's definition as the runner sees it. */
export type JobKind = JobDefinition<unknown, unknown> & Readonly<Record<keyof typeof DEFAULTS, number>>;

/**
 * Declares a kind of job; types are inferred from `input` and `run`.
 * @throws {RangeError} If the kind or a limit is out of bounds.
 */
export function defineJob<Input, Result>(definition: JobDefinition<Input, Result>): JobKind {
  const declared = { ...DEFAULTS, ...definition };
  const { kind, version, leaseMs, maxAttempts, concurrency } = declared;
  if (!/^[a-z][a-z0-9_]*$/.test(kind)) throw new RangeError(`declaring job "${kind}": expected a snake_case name`);
  for (const [field, value] of Object.entries({ version, leaseMs, maxAttempts, concurrency })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`declaring job "${kind}": expected a positive integer as ${field}, found ${value}`);
    }
  }
  // The runner hands over nothing but what `input` has parsed and `run` has returned.
  return declared as unknown as JobKind;
}

/** Another owner has the job, or it was cancelled: whatever this owner still does must not count. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";

  constructor(kind: string, key: string) {
    super(`going on with job ${kind} "${key}": its lease is lost or it was cancelled`);
  }
}
