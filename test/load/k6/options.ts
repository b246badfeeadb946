import type { Options } from "k6/options";

/**
 * Options of a scenario: arrivals at a steady rate, which wait for no answer, so that a target that stands still is asked on.
 * @param limits Thresholds on times, by measure; they count in a load test, not where answers alone are looked at.
 * @see Tene 2013, "How NOT to measure latency", on coordinated omission.
 */
export function steady(ratePerSecond: number, limits: Record<string, string[]>): Options {
  const seconds = Number(__ENV["SECONDS"]);
  return {
    scenarios: {
      steady: {
        executor: "constant-arrival-rate",
        rate: ratePerSecond,
        timeUnit: "1s",
        duration: `${seconds}s`,
        preAllocatedVUs: Math.ceil(ratePerSecond),
        maxVUs: 500,
        gracefulStop: "120s",
      },
    },
    setupTimeout: "120s",
    thresholds: {
      checks: ["rate==1"],
      iterations: ["count>0"],
      // Arrivals that found no free hand here are not sent: a few while k6 gets more of them.
      ...(__ENV["TIMES"] === "judged"
        ? { dropped_iterations: [`count<=${0.05 * ratePerSecond * seconds}`], ...limits }
        : {}),
    },
    summaryTrendStats: ["count", "med", "p(95)", "p(99)"],
  };
}
