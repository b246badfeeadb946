import { expect, test } from "vitest";
import { createTraffic } from "./traffic.ts";

test("createTraffic() counts the last minute and ranks the last five", () => {
  let now = 0;
  const traffic = createTraffic(() => now);
  expect(traffic.view("a")).toEqual({ requestsPerMinute: 0, timeToFirstTokenP95Ms: null });
  for (let request = 1; request <= 100; request++) {
    now += 1000;
    traffic.record("a", request);
  }
  expect(traffic.view("a")).toEqual({ requestsPerMinute: 60, timeToFirstTokenP95Ms: 95 });
  expect(traffic.view("b").requestsPerMinute).toBe(0);
  now += 6 * 60_000;
  expect(traffic.view("a")).toEqual({ requestsPerMinute: 0, timeToFirstTokenP95Ms: null });
});
