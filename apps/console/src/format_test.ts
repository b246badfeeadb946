import { expect, test } from "vitest";
import { counted, formatAgo, formatBytes, formatDuration, formatShare } from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [40_960, "41.0 kB"],
  [5_310_900, "5.3 MB"],
])("formatBytes() writes %i as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, "0 s"],
  [0.4, "0.4 s"],
  [59.6, "1 min"],
  [200, "3 min 20 s"],
  [3599.7, "1 h"],
  [7500, "2 h 5 min"],
])("formatDuration() writes %d seconds as %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

test("formatAgo() tells how long ago", () => {
  const now = Date.parse("2026-03-02T10:00:00Z");
  const ago = (seconds: number): string => formatAgo(new Date(now - seconds * 1000).toISOString(), now);
  expect([ago(3), ago(40), ago(720), ago(7200), ago(86_400), ago(3 * 86_400)]).toEqual([
    "just now",
    "40 s ago",
    "12 min ago",
    "2 h ago",
    "1 day ago",
    "3 days ago",
  ]);
});

test("formatShare() shows that a small share is not nothing", () => {
  expect([formatShare(0, 10), formatShare(1, 1000), formatShare(1, 3), formatShare(1, 0)]).toEqual([
    "0 %",
    "<1 %",
    "33 %",
    "0 %",
  ]);
});

test("counted() knows one from many", () => {
  expect([counted(1, "node"), counted(2500, "node")]).toEqual(["1 node", "2,500 nodes"]);
});
