import type { RouteList, Traffic } from "@millrace/contracts";

/**
 * The version whose prompts the Monitor opens on: the one that has most of the traffic now; one that is gone may have answered more.
 * @param routes Of any model; undefined where they could not be read.
 * @returns The one that answered most where none has traffic; undefined where none answered either.
 */
export function watchedVersion(
  model: string | undefined,
  routes: RouteList["routes"] | undefined,
  traffic: Traffic | undefined,
): number | undefined {
  const served = (routes ?? []).filter((route) => route.model === model && route.percent > 0);
  const answered = (traffic?.versions ?? []).map(({ version, requests }) => ({
    version,
    requests: requests.reduce((sum, count) => sum + count, 0),
  }));
  return (
    served.toSorted((left, right) => right.percent - left.percent || right.version - left.version)[0] ??
    answered.toSorted((left, right) => right.requests - left.requests || right.version - left.version)[0]
  )?.version;
}
