import type { EventBus } from "@millrace/bus";
import { type CloudEvent, EVENT_STREAMS } from "@millrace/contracts";
import { loggedEvent } from "./logged_event.ts";
import type { RunRow } from "./tables.ts";

/**
 * The newest events of a run that the log still has, oldest first.
 * @param most Events that are given; twice as many of a stream are held.
 */
export async function newestEvents(
  bus: EventBus,
  { project, id }: Pick<RunRow, "project" | "id">,
  most: number,
): Promise<CloudEvent[]> {
  const events: CloudEvent[] = [];
  for (const { name: stream } of EVENT_STREAMS) {
    const before = events.length;
    for await (const { payload } of bus.replay({ stream, from: "start", project })) {
      const event = loggedEvent(payload);
      if (event?.correlationid !== id) continue;
      events.push(event);
      if (events.length - before >= 2 * most) events.splice(before, most);
    }
  }
  events.sort((left, right) => Date.parse(left.time) - Date.parse(right.time));
  return events.slice(-most);
}
