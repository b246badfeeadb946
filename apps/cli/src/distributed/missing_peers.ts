/** Services that are looked for where MILLRACE_PEERS has them: a wrong address shows soon after the start, and not with its first use. */
import { setTimeout } from "node:timers/promises";
import type { Log } from "@millrace/service";
import { reasonOf } from "./servers.ts";

/** Time for all processes of an installation to start, in any order. */
export const PATIENCE = { tries: 30, everyMs: 1000 } as const;
/** Longest wait for one answer. */
const ANSWER_MS = 5000;

/**
 * Warns of each peer that has not answered a while after the start. Nothing waits for it and nothing ends: it may come later.
 * @param addresses By the name of the service.
 * @param patience How often each is asked, and the milliseconds in between.
 * @param signal Ends it in silence.
 */
export async function tellMissingPeers(
  addresses: Readonly<Record<string, string>>,
  log: Log,
  { tries, everyMs }: { readonly tries: number; readonly everyMs: number },
  signal: AbortSignal,
): Promise<void> {
  let missing = Object.entries(addresses).map(([peer, address]) => ({ peer, address, found: "" }));
  for (let asked = 0; asked < tries && missing.length > 0; asked++) {
    // Rejects when the process ends.
    if (asked > 0) await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    const answers = await Promise.all(
      missing.map(async ({ peer, address }) => ({ peer, address, found: await whyMissing(address, signal) })),
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
async function whyMissing(address: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
    const response = await fetch(new URL("/healthz", address), { signal: limit });
    await response.body?.cancel();
    return response.ok ? undefined : `status ${response.status} for /healthz`;
  } catch (error) {
    return reasonOf(error);
  }
}
