import type { ConsumerOptions, SubscribeOptions } from "./bus.ts";
import { eventStream, streamOfTypes } from "./filter.ts";

/** Checked options of `subscribe`, as adapters work with them. */
export interface ConsumerConfig extends ConsumerOptions {
  /** Name of the one stream it reads. */
  readonly stream: string;
  /** What it hears of it; all when undefined. */
  readonly types: readonly string[] | undefined;
}

/**
 * Checks the options of `subscribe` for an adapter.
 * @throws {RangeError} If an option is out of its bounds.
 */
export function checkSubscribe(options: SubscribeOptions): ConsumerConfig {
  const { consumer, maxInFlight, ackWaitMs } = options;
  const attempt = `subscribing "${consumer}"`;
  if (!/^[A-Za-z0-9_-]{1,120}$/.test(consumer)) {
    throw new RangeError(`${attempt}: expected a name of 1 to 120 letters, digits, "-" and "_"`);
  }
  if (!Number.isInteger(maxInFlight) || maxInFlight < 1 || maxInFlight > 1000) {
    throw new RangeError(`${attempt}: expected maxInFlight from 1 to 1000, found ${maxInFlight}`);
  }
  if (!(ackWaitMs >= 100)) throw new RangeError(`${attempt}: expected ackWaitMs of at least 100, found ${ackWaitMs}`);
  const types = "types" in options ? options.types : undefined;
  const { name } = "types" in options ? streamOfTypes(options.types) : eventStream(options.stream);
  return { consumer, maxInFlight, ackWaitMs, stream: name, types };
}
