import { and, asc, isNull, lte } from "drizzle-orm";
import { publishEffect } from "./effect.ts";
import type { Ports } from "./ports.ts";
import type { Service } from "./service.ts";

const BATCH = 100;

/**
 * Publishes events that were committed but, because the process died or the bus was away, never published.
 * @param minimumAgeMs Younger ones are most likely being published right now.
 * @returns How many effects were published.
 */
export async function sweepUnpublished(ports: Ports, service: Service, minimumAgeMs: number): Promise<number> {
  const { inbox } = service.internals.tables;
  const rows = await ports.database.drizzle
    .select()
    .from(inbox)
    .where(and(isNull(inbox.publishedAt), lte(inbox.handledAt, ports.now() - minimumAgeMs)))
    .orderBy(asc(inbox.handledAt))
    .limit(BATCH);
  for (const row of rows) {
    const key = { consumer: row.consumer, inboxId: row.eventId };
    await publishEffect(ports, service.internals, key, row.outputs);
  }
  return rows.length;
}
