import { CloudEvent, type EventDefinition } from "@millrace/contracts";
import type { EventBus } from "@millrace/bus";
import type { z } from "zod";
import type { EventOf } from "../handler.ts";

/** Every event that was published since the recording began. */
export interface RecordedEvents {
  all(): readonly CloudEvent[];
  /** Those of one type, in order, with redeliveries and doubled publications as the log has them. */
  of<Schema extends z.ZodType<Record<string, unknown>>>(definition: EventDefinition<Schema>): EventOf<Schema>[];
  /** Waits for an event of a type, also one that is here already. */
  until<Schema extends z.ZodType<Record<string, unknown>>>(
    definition: EventDefinition<Schema>,
    matches?: (event: EventOf<Schema>) => boolean,
  ): Promise<EventOf<Schema>>;
}

/** Follows the bus until `signal` is aborted. */
export async function recordEvents(bus: EventBus, signal: AbortSignal): Promise<RecordedEvents> {
  const events: CloudEvent[] = [];
  const waiting = new Set<() => void>();
  const log = await bus.tail({ signal });
  void (async () => {
    for await (const { payload } of log) {
      const event = CloudEvent.safeParse(jsonOrUndefined(payload));
      if (event.success) events.push(event.data);
      for (const look of waiting) look();
    }
  })();

  const of = <Schema extends z.ZodType<Record<string, unknown>>>(definition: EventDefinition<Schema>) =>
    events
      .filter((event) => event.type === definition.type)
      .map((event): EventOf<Schema> => ({ ...event, data: definition.schema.parse(event.data) }));
  return {
    all: () => events,
    of,
    until: (definition, matches = () => true) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = of(definition).find(matches);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
