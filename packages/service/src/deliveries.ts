import type { Delivery, EventBus, SubscribeOptions } from "@millrace/bus";
import type { Log } from "./log.ts";

/**
 * Takes deliveries until `signal` is aborted, then waits for the work that is under way.
 * @param settle Takes one delivery to its end. Where it throws, the delivery comes again.
 */
export async function takeDeliveries(
  bus: EventBus,
  options: SubscribeOptions,
  log: Log,
  signal: AbortSignal,
  settle: (delivery: Delivery) => Promise<void>,
): Promise<void> {
  const { consumer, maxInFlight } = options;
  const feed = await bus.subscribe(options);
  const close = (): void => void feed.close();
  signal.addEventListener("abort", close);
  if (signal.aborted) close();
  const atWork = new Set<Promise<void>>();
  try {
    for await (const delivery of feed) {
      const task = settle(delivery)
        .catch((error: unknown) => log.error("a delivery was not settled and comes again", { consumer, error }))
        .finally(() => atWork.delete(task));
      atWork.add(task);
      if (atWork.size >= maxInFlight) await Promise.race(atWork);
    }
  } finally {
    signal.removeEventListener("abort", close);
    await Promise.all(atWork);
  }
}
