import { type CloudEvent, uuidV5 } from "@millrace/contracts";
import type { Delivery, LoggedEvent } from "../bus.ts";

/** A type that is ordered with `CLEANED` in one stream. */
export const SHARD_CLEANED = "millrace.corpus.shard.cleaned.v1";
export const CLEANED = "millrace.corpus.cleaned.v1";
/** A type of the same stream but another domain. */
export const TOKENIZER_TRAINED = "millrace.tokenizer.trained.v1";
/** A type of another stream. */
export const STARTED = "millrace.training.started.v1";

/**
 * A well-formed envelope whose data carries `label`; the same arguments give the same event.
 * @param label Tells events of a test apart; read back with `labelOf`.
 */
export async function testEvent(label: string, type = SHARD_CLEANED, project = "default"): Promise<CloudEvent> {
  const id = await uuidV5(JSON.stringify(["test", label, type, project]));
  return {
    specversion: "1.0",
    id,
    source: "/millrace/ingestion",
    type,
    subject: "run-1",
    time: "2026-01-01T00:00:00.000Z",
    datacontenttype: "application/json",
    project,
    correlationid: "run-1",
    causationid: id,
    data: { label },
  };
}

/** `count` events labelled `<prefix><i>`, i from 0. */
export function testEvents(
  count: number,
  prefix = "",
  type = SHARD_CLEANED,
  project = "default",
): Promise<CloudEvent[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => testEvent(`${prefix}${index}`, type, project)));
}

/** The label given to `testEvent`. */
export function labelOf(event: LoggedEvent): string {
  return JSON.parse(event.payload).data.label;
}

/** Takes deliveries or events one by one, and fails with what is missing instead of waiting for ever. */
export interface Taker<T> {
  /** @throws {Error} If none comes within `withinMs` (default 20 s). */
  one(withinMs?: number): Promise<T>;
  many(count: number): Promise<T[]>;
}

export function taker<T extends LoggedEvent = Delivery>(source: AsyncIterable<T>): Taker<T> {
  const iterator = source[Symbol.asyncIterator]();
  async function one(withinMs = 20_000): Promise<T> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`taking an event: none came within ${withinMs} ms`)),
      withinMs,
    );
    try {
      const result = await Promise.race([iterator.next(), late.promise]);
      if (result.done) throw new Error("taking an event: the iteration has ended");
      return result.value;
    } finally {
      clearTimeout(timer);
    }
  }
  async function many(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await one());
    return taken;
  }
  return { one, many };
}

/** All of a finite iteration. */
export async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
}
