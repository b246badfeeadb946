/** The last minutes' requests by version: kept in memory, lost with the process, never a record of who asked what. */

/** What a version's traffic was like lately. */
export interface TrafficView {
  readonly requestsPerMinute: number;
  /** Over the last five minutes; null without a request. */
  readonly timeToFirstTokenP95Ms: number | null;
}

export interface Traffic {
  /** Notes a request that was answered. */
  record(version: string, timeToFirstTokenMs: number): void;
  view(version: string): TrafficView;
}

const MINUTE_MS = 60_000;
const WINDOW_MS = 5 * MINUTE_MS;
/** Requests that are remembered for one version. */
const MOST_REQUESTS = 10_000;

/** @param now Milliseconds from any fixed origin. */
export function createTraffic(now: () => number): Traffic {
  const byVersion = new Map<string, { readonly atMs: number; readonly firstTokenMs: number }[]>();

  function recent(version: string, sinceMs: number): readonly { readonly firstTokenMs: number }[] {
    return (byVersion.get(version) ?? []).filter(({ atMs }) => atMs > sinceMs);
  }

  return {
    record(version, firstTokenMs) {
      const requests = byVersion.get(version) ?? [];
      byVersion.set(version, requests);
      requests.push({ atMs: now(), firstTokenMs });
      while (requests.length > MOST_REQUESTS || (requests[0]?.atMs ?? Infinity) <= now() - WINDOW_MS) requests.shift();
    },
    view(version) {
      const times = recent(version, now() - WINDOW_MS)
        .map(({ firstTokenMs }) => firstTokenMs)
        .sort((left, right) => left - right);
      return {
        requestsPerMinute: recent(version, now() - MINUTE_MS).length,
        timeToFirstTokenP95Ms: times[Math.ceil(0.95 * times.length) - 1] ?? null,
      };
    },
  };
}
