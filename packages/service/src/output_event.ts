import { type CloudEvent, type EventDefinition, outputEventId } from "@millrace/contracts";
import type { JobCause } from "./tables.ts";
import { traceparentOf } from "./trace.ts";

/** Who speaks, and why: what an event's identity and its place in the causal chain are made of. */
export interface Producer extends JobCause {
  /** Service name. */
  readonly service: string;
  /** Name and version of the handler, job or command, e.g. `ingestion/clean_shard@1`. */
  readonly producer: string;
  readonly project: string;
  /** True when no event led here: outputs carry their own id as cause. */
  readonly root: boolean;
}

/** One event to be published. */
export interface Output {
  /** Which of the producer's outputs. */
  readonly key: string;
  readonly definition: EventDefinition;
  readonly data: Record<string, unknown>;
  /** The run that begins with it; undefined for what belongs to the run of its cause. */
  readonly run: string | undefined;
}

/**
 * Checks an output.
 * @throws {z.ZodError} If the data does not fit the definition.
 * @throws {RangeError} If the catalogue does not name the service as an emitter.
 */
export function checkedOutput(
  by: Producer,
  key: string,
  definition: EventDefinition,
  data: unknown,
  run?: string,
): Output {
  if (!definition.emitters.some((emitter) => emitter === by.service)) {
    const emitters = definition.emitters.join(", ");
    throw new RangeError(
      `${by.producer} emits ${definition.type}: found ${by.service}, wanted an emitter of it: ${emitters}`,
    );
  }
  return { key, definition, data: definition.schema.parse(data), run };
}

/** Makes the event of an output. */
export async function eventOf(by: Producer, output: Output, nowMs: number): Promise<CloudEvent> {
  // The catalogue describes keys per type, so two types may share one: the type is part of what the output is called.
  const id = await outputEventId(by.eventId, by.producer, `${output.definition.type} ${output.key}`);
  return {
    specversion: "1.0",
    id,
    source: `/millrace/${by.service}`,
    type: output.definition.type,
    subject: output.run ?? by.subject,
    time: new Date(nowMs).toISOString(),
    datacontenttype: "application/json",
    project: by.project,
    correlationid: output.run ?? by.correlationId,
    causationid: by.root ? id : by.eventId,
    traceparent: traceparentOf(id, by.traceparent),
    data: output.data,
  };
}
