import { type CloudEvent, type EventDefinition, rootEventId } from "@millrace/contracts";
import type { z } from "zod";
import { checkedOutput, eventOf } from "./output_event.ts";
import type { Ports } from "./ports.ts";
import type { Service } from "./service.ts";

/** What is told, and of what. */
export interface RootFact {
  /** `snake_case`, unique among what the service tells without being asked. */
  readonly name: string;
  readonly version: number;
  readonly project: string;
  /** As the catalogue's `outputKey` says; within the project the same key is the same event. */
  readonly key: string;
  /** What it is about, for people; events of one subject belong together. */
  readonly subject: string;
}

/**
 * Publishes a fact that no event led to, such as what was counted in a stretch of time. Nothing is kept of it before it is published:
 * what a process has not told when it dies is lost.
 * @throws {z.ZodError} If the data does not fit. @throws {RangeError} If the service is no emitter of it. @throws If the bus is away.
 */
export async function publishRoot<Schema extends z.ZodType<Record<string, unknown>>>(
  ports: Ports,
  service: Pick<Service, "name">,
  fact: RootFact,
  definition: EventDefinition<Schema>,
  data: z.input<Schema>,
): Promise<CloudEvent> {
  const producer = `${service.name}/${fact.name}@${fact.version}`;
  const by = {
    service: service.name,
    producer,
    project: fact.project,
    root: true,
    eventId: await rootEventId(fact.project, producer, fact.key),
    correlationId: fact.subject,
    subject: fact.subject,
  };
  const output = checkedOutput(by, fact.key, definition as EventDefinition, data);
  const event = await eventOf(by, output, ports.now());
  await ports.bus.publish([event]);
  return event;
}
