import { expect, test } from "vitest";
import { MONITOR } from "./testing/scene_monitor.ts";
import { ROUTES } from "./testing/scene_rollouts.ts";
import { watchedVersion } from "./watched_version.ts";

const traffic = MONITOR.canary["/api/monitor/traffic"];
const { routes } = ROUTES.canary;

test("watchedVersion() is the one with most of the traffic, also where a version that is gone answered more", () => {
  const live = routes.filter(({ version }) => version === 4).map((route) => ({ ...route, percent: 100 }));
  expect(watchedVersion("handbook", live, traffic)).toBe(4);
  expect(watchedVersion("handbook", routes, traffic)).toBe(3);
  expect(watchedVersion("handbook", routes, undefined)).toBe(3);
});

test("watchedVersion() is the one that answered most where none has traffic", () => {
  const unrouted = routes.map((route) => ({ ...route, percent: 0 }));
  for (const of of [unrouted, undefined]) expect(watchedVersion("handbook", of, traffic)).toBe(3);
  expect(watchedVersion("wiki", routes, undefined)).toBeUndefined();
});
