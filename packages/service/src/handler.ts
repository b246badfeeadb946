import type { Artifacts } from "@millrace/artifacts";
import type { CloudEvent, EventDefinition } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import type { z } from "zod";
import type { EffectContext } from "./effect_context.ts";
import type { Log } from "./log.ts";
import type { Peers } from "./ports.ts";

/** A validated event: the envelope, with the data its definition describes. */
export type EventOf<Schema extends z.ZodType<Record<string, unknown>>> = Omit<CloudEvent, "data"> & {
  readonly data: z.infer<Schema>;
};

/** What can be reached before the transaction: reading of artifacts and peers belongs here, writing does not. */
export interface PrepareContext {
  /** To look with: what is found may be otherwise in `handle`, so what counts is looked at again there. */
  readonly db: Queries;
  readonly project: string;
  readonly artifacts: Artifacts;
  readonly peers: Peers;
  readonly log: Log;
  readonly signal: AbortSignal;
  now(): number;
}

/** One handler of one event. The runner parses, deduplicates, retries, publishes, acknowledges and parks; the handler does none of it. */
export interface EventHandler<Schema extends z.ZodType<Record<string, unknown>>, Prepared> {
  /** Name of the handler's file: `clean_shard`. With the service's name it is the durable consumer: renaming it reads the log anew. */
  readonly name: string;
  /** Raised when its outputs get a new meaning: they get new ids. */
  readonly version: number;
  readonly event: EventDefinition<Schema>;
  /** Events handled at a time, over all processes. 1 keeps the order of the log. Default 4. */
  readonly maxInFlight?: number;
  /** Failed attempts before the event is parked. Default 5. A crash is not a failed attempt. */
  readonly maxAttempts?: number;
  /** Slow reading, outside of any transaction; its result is handed to `handle`. */
  prepare?(event: EventOf<Schema>, context: PrepareContext): Promise<Prepared>;
  /** Short: it holds a transaction open. Long work is a job. */
  handle(event: EventOf<Schema>, context: EffectContext, prepared: Prepared): Promise<void>;
}

const DEFAULTS = { maxInFlight: 4, maxAttempts: 5 } as const;

/** A handler as the runner sees it: data is checked against the event's schema before these are called. */
export type Subscription = EventHandler<z.ZodType<Record<string, unknown>>, unknown> &
  Readonly<Record<keyof typeof DEFAULTS, number>>;

/**
 * Declares a handler; types are inferred from the event's definition and from `prepare`.
 * @throws {RangeError} If name, version or limits are out of bounds.
 */
export function onEvent<Schema extends z.ZodType<Record<string, unknown>>, Prepared = undefined>(
  handler: EventHandler<Schema, Prepared>,
): Subscription {
  const declared = { ...DEFAULTS, ...handler };
  const { name, version, maxInFlight, maxAttempts } = declared;
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new RangeError(`declaring handler "${name}": expected a snake_case name`);
  for (const [field, value] of Object.entries({ version, maxInFlight, maxAttempts })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`declaring handler "${name}": expected a positive integer as ${field}, found ${value}`);
    }
  }
  // The runner hands over nothing but what the event's own schema has parsed and `prepare` has returned.
  return declared as unknown as Subscription;
}
