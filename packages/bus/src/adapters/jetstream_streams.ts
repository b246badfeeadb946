/** Creates the catalogue's streams, or brings them to what the catalogue says. */
import { STREAMS } from "@millrace/contracts";
import {
  DiscardPolicy,
  type JetStreamManager,
  RetentionPolicy,
  type StreamConfig,
  StorageType,
} from "@nats-io/jetstream";
import { nanos } from "@nats-io/nats-core";
import { MAX_EVENT_BYTES } from "../bus.ts";
import { DEAD_STREAM } from "../parking.ts";
import { streamMissing } from "./jetstream_errors.ts";

const DAY_MS = 86_400_000;

/** How long ids are recognised. Kept short: nothing relies on it, and the server holds them in memory. */
const DUPLICATE_WINDOW_MS = 120_000;

/** Room for the headers, which the server counts as part of a message. */
const HEADER_BYTES = 4096;

/**
 * Makes every stream exist as declared; safe to run by several processes at once.
 * @param maxBytes Limit of each stream; -1 for none.
 */
export async function ensureStreams(manager: JetStreamManager, maxBytes: number): Promise<void> {
  for (const { name, subjects, maxAgeDays, description } of STREAMS) {
    const config = {
      subjects: [...subjects],
      description,
      max_age: nanos(maxAgeDays * DAY_MS),
      max_bytes: maxBytes,
      // Larger ones could not be parked, since a dead letter quotes the event. The server's own limit guards the dead letters.
      max_msg_size: name === DEAD_STREAM ? -1 : MAX_EVENT_BYTES + HEADER_BYTES,
      discard: DiscardPolicy.New,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    };
    const found = await existing(manager, name);
    if (!found) {
      await manager.streams.add({ name, retention: RetentionPolicy.Limits, storage: StorageType.File, ...config });
    } else if (!agrees(found, config)) {
      await manager.streams.update(name, config);
    }
  }
}

async function existing(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (streamMissing(error)) return undefined;
    throw error;
  }
}

function agrees(found: StreamConfig, wanted: Partial<StreamConfig>): boolean {
  const same = <Key extends keyof StreamConfig>(key: Key) => JSON.stringify(found[key]) === JSON.stringify(wanted[key]);
  return (Object.keys(wanted) as (keyof StreamConfig)[]).every(same);
}
