/**
 * An effect: rows changed, jobs recorded and events to publish, committed together under the identity of their cause. The inbox row
 * that marks the cause as handled holds the events, so a crash between commit and publishing loses nothing: whoever comes next
 * (the redelivery, the sweeper, the caller's retry) publishes the same bytes.
 */
import type { CloudEvent } from "@millrace/contracts";
import { and, eq, lt } from "drizzle-orm";
import type { EffectContext } from "./effect_context.ts";
import { cancelJob, insertJob } from "./job_store.ts";
import { checkedOutput, eventOf, type Output, type Producer } from "./output_event.ts";
import type { Ports } from "./ports.ts";
import type { ServiceTables } from "./tables.ts";
import { traceIdOf } from "./trace.ts";
import type { Wakeup } from "./wakeup.ts";

/** What the runners of one service share. */
export interface ServiceInternals {
  readonly name: string;
  readonly tables: ServiceTables;
  /** Notified when a job was recorded or cancelled in this process. */
  readonly jobsChanged: Wakeup;
}

/** Key of an inbox row: each cause takes effect once a consumer. */
export interface InboxKey {
  readonly consumer: string;
  readonly inboxId: string;
  /** How often an operator requeued the event; a higher number than the row's runs the effect again. */
  readonly requeues: number;
}

export interface Effect {
  /** True when the cause was handled before: `work` was not run. */
  readonly repeated: boolean;
  readonly events: readonly CloudEvent[];
}

/**
 * Runs `work` in one transaction with the inbox row, unless that row is there already. Publishes nothing: see `publishEffect`.
 * @throws What `work` threw; then nothing is changed.
 */
export async function commitEffect(
  ports: Ports,
  service: ServiceInternals,
  key: InboxKey,
  by: Producer,
  work: (context: EffectContext) => Promise<void>,
): Promise<Effect> {
  const { inbox } = service.tables;
  const row = rowOf(service, key);
  let jobsChanged = false;
  const effect = await ports.database.transaction(async (db): Promise<Effect> => {
    if (key.requeues > 0) await db.delete(inbox).where(and(row, lt(inbox.requeues, key.requeues)));
    // Inserted first: a second delivery at the same time waits here for the first one's commit.
    const inserted = await db
      .insert(inbox)
      .values({
        consumer: key.consumer,
        eventId: key.inboxId,
        requeues: key.requeues,
        outputs: [],
        handledAt: ports.now(),
      })
      .onConflictDoNothing()
      .returning({ eventId: inbox.eventId });
    if (inserted.length === 0) {
      const [handled] = await db.select({ outputs: inbox.outputs }).from(inbox).where(row);
      return { repeated: true, events: handled?.outputs ?? [] };
    }
    const outputs: Output[] = [];
    await work({
      db,
      project: by.project,
      correlationId: by.correlationId,
      causationId: by.eventId,
      artifacts: ports.artifacts.forProject(by.project),
      log: ports.log.with({ producer: by.producer, traceId: traceIdOf(by.traceparent) }),
      now: () => ports.now(),
      output(outputKey, definition, data, run) {
        if (outputs.some(({ definition: { type }, key }) => type === definition.type && key === outputKey)) {
          throw new RangeError(
            `adding output "${outputKey}" of ${by.producer}: found the key in use, wanted one a key`,
          );
        }
        outputs.push(checkedOutput(by, outputKey, definition, data, run));
      },
      async startJob(kind, jobKey, input) {
        await insertJob(db, service.tables, by, kind, jobKey, input, ports.now());
        jobsChanged = true;
      },
      async cancelJob(kind, jobKey) {
        await cancelJob(db, service.tables, by.project, kind, jobKey, ports.now());
        jobsChanged = true;
      },
    });
    const events = await Promise.all(outputs.map((output) => eventOf(by, output, ports.now())));
    const settled = events.length === 0 ? { publishedAt: ports.now() } : { outputs: events };
    await db.update(inbox).set(settled).where(row);
    return { repeated: false, events };
  });
  if (jobsChanged) service.jobsChanged.notify();
  return effect;
}

/** Publishes an effect's events and notes that this was done. Publishing twice is safe: the ids are the same. */
export async function publishEffect(
  ports: Ports,
  service: ServiceInternals,
  key: Pick<InboxKey, "consumer" | "inboxId">,
  events: readonly CloudEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await ports.bus.publish(events);
  await ports.database.drizzle
    .update(service.tables.inbox)
    .set({ publishedAt: ports.now() })
    .where(rowOf(service, key));
}

/** The effect of a cause that was handled before, or undefined. */
export async function findEffect(ports: Ports, service: ServiceInternals, key: InboxKey): Promise<Effect | undefined> {
  const { inbox } = service.tables;
  const [row] = await ports.database.drizzle.select().from(inbox).where(rowOf(service, key));
  if (row === undefined || row.requeues < key.requeues) return undefined;
  return { repeated: true, events: row.outputs };
}

function rowOf({ tables: { inbox } }: ServiceInternals, key: Pick<InboxKey, "consumer" | "inboxId">) {
  return and(eq(inbox.consumer, key.consumer), eq(inbox.eventId, key.inboxId));
}
