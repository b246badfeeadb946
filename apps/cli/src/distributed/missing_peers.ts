/** Services that are looked for where MILLRACE_PEERS has them: a wrong address shows soon after the start, and not with its first use. */
import { setTimeout } from "node:timers/promises";
import type { Log } from "@millrace/service";
import { reasonOf } from "./servers.ts";

interface Patience {
  /** After this nobody is asked once more. */
  readonly forMs: number;
  /** Between two rounds. */
  readonly everyMs: number;
  /** Longest wait for one answer: an address that drops what is sent to it never gives one. */
  readonly answerMs: number;
}

/** Half a minute, for all processes of an installation to start, in any order. */
export const PATIENCE: Patience = { forMs: 25_000, everyMs: 1000, answerMs: 5000 };

/**
 * Warns of each peer that has not answered a while after the start. Nothing waits for it and nothing ends: it may come later.
 * @param addresses By the name of the service.
 * @param signal Ends it in silence.
 */
export async function tellMissingPeers(
  addresses: Readonly<Record<string, string>>,
  log: Log,
  { forMs, everyMs, answerMs }: Patience,
  signal: AbortSignal,
): Promise<void> {
  let missing = Object.entries(addresses).map(([peer, address]) => ({ peer, address, found: "" }));
  const over = AbortSignal.timeout(forMs);
  for (let isFirst = true; missing.length > 0 && (isFirst || !over.aborted); isFirst = false) {
    // Rejects when the process ends.
    if (!isFirst) await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    const answers = await Promise.all(
      missing.map(async ({ peer, address }) => {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
        return { peer, address, found: await whyMissing(address, limit) };
      }),
    );
    if (signal.aborted) return;
    missing = answers.flatMap(({ found, ...one }) => (found === undefined ? [] : [{ ...one, found }]));
  }
  for (const fields of missing) {
    log.warn(
      "a service does not answer at its address in MILLRACE_PEERS; what needs it waits or fails until it does",
      fields,
    );
  }
}

/** What was found instead of a service; undefined where there is one. */
async function whyMissing(address: string, limit: AbortSignal): Promise<string | undefined> {
  try {
    const response = await fetch(new URL("/healthz", address), { signal: limit });
    await response.body?.cancel();
    return response.ok ? undefined : `status ${response.status} for /healthz`;
  } catch (error) {
    return reasonOf(error);
  }
}
