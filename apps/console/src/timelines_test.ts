import { AlertList, DriftView, FeedbackList, Traffic } from "@millrace/contracts";
import { expect, test } from "vitest";
import { MONITOR } from "./testing/scene_monitor.ts";
import { timelinesOf } from "./timelines.ts";

const traffic = MONITOR.canary["/api/monitor/traffic"];
const { alerts } = MONITOR.canary["/api/monitor/alerts"];
const [slow, , past] = alerts;
const chart = (id: string) => timelinesOf(traffic, alerts).charts.find((one) => one.id === id);

test("scenes answer as the contracts say", () => {
  for (const scene of [MONITOR.calm, MONITOR.canary]) {
    Traffic.parse(scene["/api/monitor/traffic"]);
    AlertList.parse(scene["/api/monitor/alerts"]);
    DriftView.parse(scene["/api/monitor/drift"]);
    FeedbackList.parse(scene["/api/monitor/feedback"]);
  }
});

test("a time without requests is a gap in each chart, and no zero", () => {
  const step = 66;
  for (const { lines } of timelinesOf(traffic, alerts).charts) {
    expect(lines.map(({ values }) => values[step])).toEqual(lines.map(() => null));
  }
});

test("alerts shade the chart that they are about, to the end while they are open", () => {
  const { to } = timelinesOf(traffic, alerts);
  expect(chart("first-token")?.bands).toEqual([
    { from: Date.parse(slow?.window.start ?? ""), to, severity: "warning" },
  ]);
  expect(chart("errors")?.bands).toMatchObject([{ severity: "critical" }]);
  expect(chart("tokens")?.bands).toEqual([]);
  // Of another time, or of another model.
  const late = { ...traffic, from: traffic.to, to: new Date(to + 3_600_000).toISOString() };
  expect(timelinesOf(late, past === undefined ? [] : [past]).charts.flatMap(({ bands }) => bands)).toEqual([]);
  const other = alerts.map((alert) => ({ ...alert, model: "wiki" }));
  expect(timelinesOf(traffic, other).charts.flatMap(({ bands }) => bands)).toEqual([]);
});

test("titles are what the charts show", () => {
  expect(chart("first-token")?.finding).toMatch(
    /^Half of the first tokens come within \d+\sms, 95\s% within \d+\sms, of v3 lately$/,
  );
  expect(chart("errors")?.finding).toMatch(/^\d+ of 2,\d{3} requests failed$/);
  const idle = timelinesOf(MONITOR.idle["/api/monitor/traffic"], []);
  expect(idle.charts.map(({ finding }) => finding)).toEqual([
    "Nobody asked, so none of the first tokens come",
    "Nobody asked, so none of the answers are complete",
    "No request ended in this time",
    "No token was written in this time",
  ]);
});

test("roll-outs are marks in the colour of their version", () => {
  const back = { version: 4, percent: 0, reason: "12 of 20 requests failed", at: traffic.to };
  const { marks } = timelinesOf({ ...traffic, marks: [...traffic.marks, back] }, []);
  expect(marks.map(({ label, isBack, color }) => [label, isBack, color])).toEqual([
    ["v3 100 %", false, 3],
    ["v4 10 %", false, 4],
    ["v4 0 %", true, 4],
  ]);
});
