import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counter, gauge, histogram } from "./metric.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

const REQUESTS = counter({ name: "t_requests_total", help: "Requests.", labels: ["project", "route"] });
const QUEUE = gauge({ name: "t_queue_length", help: "Those that wait: a \\ and\na second line.", labels: [] });
const SECONDS = histogram({ name: "t_wait_seconds", help: "Waits.", labels: ["route"], buckets: [0.1, 1] });

function filled(): Metrics {
  const metrics = createMetrics();
  metrics.observe(SECONDS, { route: "/a" }, 0.1);
  metrics.observe(SECONDS, { route: "/a" }, 0.5);
  metrics.observe(SECONDS, { route: "/a" }, 7);
  metrics.set(QUEUE, {}, 3);
  metrics.set(QUEUE, {}, 2);
  metrics.add(REQUESTS, { project: "b", route: "/a" });
  metrics.add(REQUESTS, { project: "a", route: "/a" }, 2);
  metrics.add(REQUESTS, { project: "a", route: "/a" });
  metrics.add(REQUESTS, { project: "", route: "/a" }, 5);
  return metrics;
}

test("createMetrics() writes Prometheus's text: families and series in order, buckets that add up", () => {
  expect(filled().text()).toBe(
    `# HELP t_queue_length Those that wait: a \\\\ and\\na second line.
# TYPE t_queue_length gauge
t_queue_length 2
# HELP t_requests_total Requests.
# TYPE t_requests_total counter
t_requests_total{project="a",route="/a"} 3
t_requests_total{project="b",route="/a"} 1
t_requests_total{route="/a"} 5
# HELP t_wait_seconds Waits.
# TYPE t_wait_seconds histogram
t_wait_seconds_bucket{route="/a",le="0.1"} 1
t_wait_seconds_bucket{route="/a",le="1"} 2
t_wait_seconds_bucket{route="/a",le="+Inf"} 3
t_wait_seconds_sum{route="/a"} 7.6
t_wait_seconds_count{route="/a"} 3
`,
  );
});

test("createMetrics() shows a project its own samples and those of none", () => {
  const requests = filled()
    .text("a")
    .split("\n")
    .filter((line) => line.startsWith("t_requests"));
  expect(requests).toEqual(['t_requests_total{project="a",route="/a"} 3', 't_requests_total{route="/a"} 5']);
});

test("createMetrics() reads a collected metric when it is asked, by its last reader", () => {
  const metrics = createMetrics();
  let length = 1;
  metrics.collect(QUEUE, () => [{ labels: {}, value: -1 }]);
  metrics.collect(QUEUE, () => [{ labels: {}, value: length }]);
  length = 4;
  expect(metrics.text()).toContain("\nt_queue_length 4\n");
  metrics.collect(QUEUE, () => []);
  expect(metrics.text()).toBe("");
});

describe("refusals", () => {
  const help = "Help.";
  test.each([
    ["counter() refuses a name without _total", () => counter({ name: "t_requests", help, labels: [] })],
    ["gauge() refuses a name with a dash", () => gauge({ name: "t-queue", help, labels: [] })],
    ["gauge() refuses a label of histograms", () => gauge({ name: "t_queue", help, labels: ["le"] })],
    ["histogram() refuses buckets out of order", () => histogram({ name: "t_s", help, labels: [], buckets: [1, 1] })],
    ["add() refuses a negative number", () => createMetrics().add(REQUESTS, { project: "", route: "" }, -1)],
    ["observe() refuses NaN", () => createMetrics().observe(SECONDS, { route: "" }, Number.NaN)],
    ["set() refuses a name that is declared twice", () => filled().set({ ...QUEUE }, {}, 1)],
  ])("%s", (_, attempt) => {
    expect(attempt).toThrow(RangeError);
  });
});

test("what createMetrics() writes reads back as it was, whatever a label holds and a value is", () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(Infinity, -Infinity, Number.NaN, 1e21, 5e-324));
  const routes = fc.uniqueArray(fc.tuple(fc.string({ unit: "grapheme", minLength: 1 }), value), {
    selector: ([route]) => route,
  });
  const sizes = gauge({ name: "t_size_bytes", help: "Sizes.", labels: ["route"] });
  fc.assert(
    fc.property(routes, (samples) => {
      const metrics = createMetrics();
      for (const [route, size] of samples) metrics.set(sizes, { route }, size);
      const read = metrics
        .text()
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map(parseSample);
      expect(new Map(read)).toEqual(new Map(samples.map(([route, size]) => [route, size + 0])));
    }),
  );
});

/** One line `t_size_bytes{route="…"} value` by the grammar of the text format. */
function parseSample(line: string): [string, number] {
  const [, label, number] = /^t_size_bytes\{route="((?:[^"\\\n]|\\["\\n])*)"\} (\S+)$/.exec(line) ?? [];
  if (label === undefined || number === undefined) throw new Error(`no sample: ${line}`);
  const route = label.replaceAll(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
  return [route, Number(number.replace("Inf", "Infinity")) + 0];
}

const cached = join(import.meta.dirname, "../../../.cache/bin/promtool");
const promtool = existsSync(cached) ? cached : "promtool";
const hasPromtool = spawnSync(promtool, ["--version"]).error === undefined;
if (!hasPromtool) console.warn("skipped: metrics read by promtool: it was not found (infra/install.sh installs it)");

test.skipIf(!hasPromtool)("promtool reads what createMetrics() writes and finds nothing to better", () => {
  const checked = spawnSync(promtool, ["check", "metrics"], { input: filled().text(), encoding: "utf8" });
  expect({ status: checked.status, said: checked.stdout + checked.stderr }).toEqual({ status: 0, said: "" });
});
