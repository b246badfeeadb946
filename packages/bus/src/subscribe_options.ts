import type { StreamDefinition } from "@millrace/contracts";
import type { SubscribeOptions } from "./bus.ts";
import { streamOfTypes } from "./filter.ts";

/**
 * Checks the options of `subscribe` for an adapter.
 * @returns The stream that holds all the types.
 * @throws {RangeError} If an option is out of its bounds.
 */
export function checkSubscribe({ consumer, types, maxInFlight, ackWaitMs }: SubscribeOptions): StreamDefinition {
  const attempt = `subscribing "${consumer}"`;
  if (!/^[A-Za-z0-9_-]{1,120}$/.test(consumer)) {
    throw new RangeError(`${attempt}: expected a name of 1 to 120 letters, digits, "-" and "_"`);
  }
  if (!Number.isInteger(maxInFlight) || maxInFlight < 1 || maxInFlight > 1000) {
    throw new RangeError(`${attempt}: expected maxInFlight from 1 to 1000, found ${maxInFlight}`);
  }
  if (!(ackWaitMs >= 100)) throw new RangeError(`${attempt}: expected ackWaitMs of at least 100, found ${ackWaitMs}`);
  return streamOfTypes(types);
}
