import {
  AlertList,
  AlertView,
  DriftView,
  EVENTS,
  FeedbackList,
  FeedbackReceipt,
  Series,
  Traffic,
  type TrafficWindow,
} from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { addPrompt, mergeProfiles, type Passage, profileOf } from "@millrace/features";
import { apiKeys, defineService, hashApiKey } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { forgetOldWindows } from "./forget_old_windows.ts";
import { hasTraffic } from "./mark_store.ts";
import { measureWatches } from "./measure_watches.ts";
import { createMonitor } from "./service.ts";
import { watches, windows } from "./tables.ts";
import {
  BEGIN,
  MINUTE_MS,
  observedMinute,
  type Observed,
  seededRandom,
  simulatedWindow,
} from "./testing/simulated_traffic.ts";

const VIEWER_KEY = `mr_${"1".repeat(64)}`;

let host: TestHost;
let now = BEGIN;
beforeAll(async () => {
  const viewerHash = await hashApiKey(VIEWER_KEY);
  const viewer = { name: "reader", project: "default", role: "viewer" } as const;
  const asViewer = apiKeys(async (hash) => (hash === viewerHash ? viewer : undefined));
  host = await testHost({
    services: (openPorts, access) => [
      createMonitor(openPorts, {
        ...access,
        authenticate: async (request) => (await access.authenticate(request)) ?? asViewer(request),
      }),
      // The registry, which is another app, knows of docs@2 alone.
      defineService(
        {
          name: "registry",
          routes(http) {
            http.get("/api/registry/models/:name/versions/:version", (context) =>
              context.req.path.endsWith("/docs/versions/2") ? context.json({}) : context.json({}, 404),
            );
          },
        },
        openPorts,
        access,
      ),
    ],
    migrations: { monitor: await readMigrations("monitor") },
    now: () => now,
  });
  await host.start();
});
afterAll(() => host.close());

let told = 0;
/** Publishes windows in order; the clock goes along. */
async function tell(observed: readonly Observed[]): Promise<void> {
  for (const one of observed) {
    now = Math.max(now, Date.parse(one.windowStart) + one.windowMs);
    await host.publish(`window ${told++}`, EVENTS.trafficObserved, one);
  }
}

/** Waits until a version's window is stored: windows are handled in order. */
async function handled({ model, version, windowStart }: Observed): Promise<void> {
  const at = Date.parse(windowStart);
  for (;;) {
    const rows = await host.database.drizzle.select().from(windows);
    if (rows.some((row) => row.model === model && row.version === version && row.windowStart === at)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function get<Parsed>(path: string, schema: { parse(value: unknown): Parsed }): Promise<Parsed> {
  const response = await host.request("monitor", path);
  const body: unknown = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return schema.parse(body);
}

const asViewer = { authorization: `Bearer ${VIEWER_KEY}` };
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  host.request("monitor", path, { method: "POST", body: JSON.stringify(body), headers });

test("a window told twice, and one of a second gateway, are counted once each", async () => {
  const random = seededRandom(1);
  const model = "counted";
  const first = observedMinute(0, simulatedWindow(random, { requests: 4 }), { model });
  const second = observedMinute(0, simulatedWindow(random, { requests: 3, errorRate: 1 }), {
    model,
    gateway: "gateway-b",
  });
  const later = observedMinute(30, simulatedWindow(random, { requests: 5, medianMs: 80 }), { model, version: 3 });
  // The same window under another event id, as after a restart that told it again, too.
  await tell([first, second, first, later]);
  await handled(later);
  const range = `model=${model}&from=2026-03-02T08:00:00Z&to=2026-03-02T09:00:00Z&points=4`;
  const requests = await get(`/api/monitor/series?${range}&metric=requests`, Series);
  expect(requests).toMatchObject({ unit: "requests", stepMs: 15 * MINUTE_MS, version: null });
  expect(requests.points.map(({ value }) => value)).toEqual([7, 0, 5, 0]);
  const errors = await get(`/api/monitor/series?${range}&metric=errors&version=2`, Series);
  expect(errors.points.map(({ value }) => value)).toEqual([3, 0, 0, 0]);
  const tokens = await get(`/api/monitor/series?${range}&metric=output_tokens`, Series);
  expect(tokens.points.map(({ value }) => value)).toEqual([112, 0, 80, 0]);
  const median = await get(`/api/monitor/series?${range}&metric=first_token_p50`, Series);
  expect(median.points.map(({ value }) => value === null)).toEqual([false, true, false, true]);
});

test("a series has at most as many points as asked for, and refuses what makes no series", async () => {
  const range = "model=counted&metric=requests&from=2026-03-02T08:00:03Z&to=2026-03-02T08:59:57Z";
  const { points } = await get(`/api/monitor/series?${range}&points=7`, Series);
  expect(points.length).toBeLessThanOrEqual(7);
  expect(points.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(12);
  for (const query of [
    "metric=requests",
    "model=counted&metric=cost",
    "model=counted&metric=requests&points=0",
    "model=counted&metric=requests&from=2026-03-03T00:00:00Z&to=2026-03-02T00:00:00Z",
    "model=counted&metric=requests&surprise=1",
  ]) {
    expect((await host.request("monitor", `/api/monitor/series?${query}`)).status, query).toBe(400);
  }
});

test("slow answers raise one alert, told once, and answers as fast as before resolve it", async () => {
  const random = seededRandom(2);
  const model = "slow";
  const minutes = (from: number, count: number, medianMs: number): Observed[] =>
    Array.from({ length: count }, (_, at) =>
      observedMinute(from + at, simulatedWindow(random, { medianMs }), { model }),
    );
  const isOurs = ({ data }: { data: { model: string } }): boolean => data.model === model;
  await tell(minutes(0, 80, 40));
  await tell(minutes(80, 6, 300));
  const { data: raised } = await host.events.until(EVENTS.alertRaised, isOurs);
  expect(raised).toMatchObject({ kind: "latency", severity: "critical", version: 2 });
  expect(raised.value).toBeGreaterThan(200);
  expect(raised.evidence["usualMs"]).toBeGreaterThan(35);
  expect(raised.evidence["usualMs"]).toBeLessThan(45);

  const open = await get("/api/monitor/alerts", AlertList);
  expect(open.alerts.filter((alert) => alert.model === model)).toMatchObject([{ ...raised, resolvedAt: null }]);
  const path = `/api/monitor/alerts/${raised.alertId}/acknowledge`;
  expect((await post(path, {}, asViewer)).status).toBe(403);
  const acknowledged = AlertView.parse(await (await post(path, {})).json());
  expect(acknowledged).toMatchObject({ acknowledgedBy: "admin", resolvedAt: null });
  now += 1000;
  expect(AlertView.parse(await (await post(path, {})).json())).toEqual(acknowledged);
  expect((await post("/api/monitor/alerts/nothing/acknowledge", {})).status).toBe(404);

  await tell(minutes(86, 40, 40));
  const { data: resolved } = await host.events.until(EVENTS.alertResolved, isOurs);
  expect(resolved).toEqual({ alertId: raised.alertId, kind: "latency", model, version: 2 });
  expect(host.events.of(EVENTS.alertRaised).filter(isOurs)).toHaveLength(1);
  const still = (await get("/api/monitor/alerts", AlertList)).alerts;
  expect(still.filter((alert) => alert.model === model)).toEqual([]);
  const all = (await get("/api/monitor/alerts?state=all", AlertList)).alerts;
  expect(all.filter((alert) => alert.model === model)).toMatchObject([{ acknowledgedBy: "admin" }]);
});

test("failed requests raise an alert, also those that were told while the service was stopped", async () => {
  const random = seededRandom(3);
  const model = "failing";
  const minutes = (from: number, count: number, errorRate: number): Observed[] =>
    Array.from({ length: count }, (_, at) =>
      observedMinute(from + at, simulatedWindow(random, { errorRate }), { model }),
    );
  await tell(minutes(0, 70, 0.01));
  await host.stop();
  await tell(minutes(70, 5, 0.6));
  await host.start();
  const { data } = await host.events.until(EVENTS.alertRaised, (event) => event.data.model === model);
  expect(data).toMatchObject({ kind: "errors", severity: "critical" });
  expect(data.threshold).toBeLessThan(0.1);
});

/** Plays inference and deployer: a version is given a part of the traffic, or is taken back. */
async function gives(model: string, version: number, percent: number, minute: number, attempt = 1): Promise<void> {
  const data = { runId: `run-${version}`, model, version, attempt, percent };
  const time = new Date(BEGIN + minute * MINUTE_MS).toISOString();
  await host.publish(`${model} ${version} ${attempt} ${percent}`, EVENTS.servingRouted, data, { time });
}

test("roll-outs are marks on the time axis of all versions, told twice or not", async () => {
  const random = seededRandom(7);
  const model = "marked";
  const second = observedMinute(2, simulatedWindow(random, { requests: 6 }), { model });
  const third = observedMinute(12, simulatedWindow(random, { requests: 4, errorRate: 1 }), { model, version: 3 });
  await tell([second, third]);
  await handled(third);
  await gives(model, 2, 100, 1);
  await gives(model, 3, 10, 10);
  await gives(model, 3, 0, 13);
  const aborted = {
    runId: "run-3",
    model,
    version: 3,
    attempt: 1,
    stable: 2,
    by: "analysis" as const,
    reason: "4 of 4 failed",
  };
  const time = new Date(BEGIN + 13 * MINUTE_MS).toISOString();
  await host.publish("marked back", EVENTS.rolloutAborted, aborted, { time });
  const path = `/api/monitor/traffic?model=${model}&from=2026-03-02T08:00:00Z&to=2026-03-02T08:20:00Z&points=2`;
  const traffic = await vi.waitFor(
    async () => {
      const found = await get(path, Traffic);
      expect(found.marks.at(-1)?.reason).toBe("4 of 4 failed");
      return found;
    },
    { timeout: 30_000, interval: 20 },
  );
  expect(traffic.marks).toEqual([
    { version: 2, percent: 100, reason: null, at: "2026-03-02T08:01:00.000Z" },
    { version: 3, percent: 10, reason: null, at: "2026-03-02T08:10:00.000Z" },
    { version: 3, percent: 0, reason: "4 of 4 failed", at: "2026-03-02T08:13:00.000Z" },
  ]);
  expect(traffic).toMatchObject({ stepMs: 10 * MINUTE_MS, toldUntil: "2026-03-02T08:13:00.000Z" });
  expect(traffic.versions.map(({ version, requests, errors }) => [version, requests, errors])).toEqual([
    [2, [6, 0], [0, 0]],
    [3, [0, 4], [0, 4]],
  ]);
  // What nobody answered has no time: a gap.
  expect(traffic.versions.map(({ firstTokenP50Ms }) => firstTokenP50Ms.map((value) => value === null))).toEqual([
    [false, true],
    [true, true],
  ]);
});

test("an alert is closed when its version loses its traffic, and what that still answers raises none", async () => {
  const random = seededRandom(8);
  const model = "replaced";
  const isOurs = ({ data }: { data: { model: string } }): boolean => data.model === model;
  const minutes = (from: number, count: number, errorRate: number): Observed[] =>
    Array.from({ length: count }, (_, at) =>
      observedMinute(from + at, simulatedWindow(random, { errorRate }), { model }),
    );
  await gives(model, 2, 100, 0);
  await tell(minutes(0, 70, 0.01));
  await tell(minutes(70, 5, 0.6));
  const { data: raised } = await host.events.until(EVENTS.alertRaised, isOurs);
  await gives(model, 3, 10, 76);
  await gives(model, 3, 100, 77);
  const { data: resolved } = await host.events.until(EVENTS.alertResolved, isOurs);
  expect(resolved).toEqual({ alertId: raised.alertId, kind: "errors", model, version: 2 });
  const late = minutes(78, 6, 0.6);
  await tell(late);
  await handled(late.at(-1) as Observed);
  expect(host.events.of(EVENTS.alertRaised).filter(isOurs)).toHaveLength(1);
  // Brought back, it is watched again.
  await gives(model, 2, 100, 85, 2);
  await expect.poll(() => hasTraffic(host.database.drizzle, { project: "default", model, version: 2 })).toBe(true);
  await tell(minutes(86, 8, 0.6));
  await expect.poll(() => host.events.of(EVENTS.alertRaised).filter(isOurs)).toHaveLength(2);
});

const ENGLISH =
  "the mill race turns the wheel and the wheel turns the stones while the water runs down to the ford below";
const CODE = "for (let i = 0; i < 10; i++) { a[i] += 2 ** i; } // 0x1f, 3.14; => {} [] && || 99 77 1234 5678 90";

/** Words of a text, mixed: one prompt. */
function promptOf(random: () => number, text: string): Passage {
  const words = text.split(" ");
  const prompt = Array.from({ length: 20 }, () => words[Math.floor(random() * words.length)] ?? "").join(" ");
  // Characters in place of tokens: what counts is that both sides are counted alike.
  return { text: prompt, tokens: new TextEncoder().encode(prompt) };
}

test("prompts unlike the corpus raise a drift alert; prompts like it, or too few, do not", async () => {
  const random = seededRandom(4);
  const documents = Array.from({ length: 400 }, () => promptOf(random, ENGLISH));
  const profile = mergeProfiles(documents.map((one) => profileOf({ ...one, language: "en", passage: one })));
  const stored = await host.artifacts
    .forProject("default")
    .put(new TextEncoder().encode(JSON.stringify(profile)), "application/json");
  const counted = (text: string): TrafficWindow["prompts"] => {
    const features: Record<string, number[]> = {};
    for (let n = 0; n < 30; n++) addPrompt(features, promptOf(random, text));
    return { profile: stored.sha256, features };
  };
  const minutes = (model: string, from: number, count: number, text: string): Observed[] =>
    Array.from({ length: count }, (_, at) =>
      observedMinute(from + at, simulatedWindow(random, { prompts: counted(text) }), { model }),
    );
  await tell(minutes("like", 0, 40, ENGLISH));
  await tell(minutes("unlike", 0, 5, CODE));
  await handled(observedMinute(4, simulatedWindow(random), { model: "unlike" }));
  const few = await get("/api/monitor/drift?model=unlike&version=2", DriftView);
  expect(few).toMatchObject({ state: "collecting", collected: 120, wanted: 200, drifted: false });
  await tell(minutes("unlike", 5, 6, CODE));
  const { data } = await host.events.until(EVENTS.alertRaised, (event) => event.data.kind === "drift");
  expect(data).toMatchObject({ model: "unlike", severity: "warning" });
  expect(data.value).toBeGreaterThan(data.threshold);
  const drift = await get("/api/monitor/drift?model=unlike&version=2", DriftView);
  expect(drift).toMatchObject({ state: "judged", drifted: true });
  expect(drift.features.find(({ name }) => name === "letters")).toMatchObject({ drifted: true });
  const like = await get("/api/monitor/drift?model=like&version=2", DriftView);
  expect(like).toMatchObject({ state: "judged", drifted: false });

  await measureWatches.run(host.ports, AbortSignal.timeout(10_000));
  const told = await (await host.request("monitor", "/metrics")).text();
  expect(told).toMatch(/^millrace_alerts_open\{project="default",kind="drift",severity="warning"\} \d+$/m);
  const letters = drift.features.find(({ name }) => name === "letters");
  const labels = '{project="default",model="unlike",version="2",feature="letters"}';
  expect(told).toContain(`millrace_prompt_drift_index${labels} ${letters?.index}\n`);
  expect(told).toContain(`millrace_prompt_drift_threshold${labels} ${letters?.threshold}\n`);
  expect(like.features.map(({ name, index }) => [name, index === null])).toEqual([
    ["bytesPerToken", false],
    ["letters", false],
    ["tokenRank", false],
  ]);
  for (const { bins, corpus, prompts } of like.features) {
    expect(corpus).toHaveLength(bins.length);
    expect(prompts).toHaveLength(bins.length);
  }
});

test("a profile of a former format compares with nothing, and a profile that is gone stops no series", async () => {
  const former = profileOf({ text: "old", language: "en", tokens: [1], passage: undefined });
  const { passages: _, ...rest } = mergeProfiles([former]);
  const old = new TextEncoder().encode(JSON.stringify({ ...rest, format: "millrace.corpus-profile.v1" }));
  const { sha256 } = await host.artifacts.forProject("default").put(old, "application/json");
  const random = seededRandom(5);
  const prompts = { profile: sha256, features: {} };
  const gone = { profile: "0".repeat(64), features: { letters: [1] } };
  await tell([0, 1, 2].map((at) => observedMinute(at, simulatedWindow(random, { prompts }), { model: "old" })));
  await tell([0, 1, 2].map((at) => observedMinute(at, simulatedWindow(random, { prompts: gone }), { model: "gone" })));
  await handled(observedMinute(2, simulatedWindow(random), { model: "gone" }));
  expect(await get("/api/monitor/drift?model=old&version=2", DriftView)).toMatchObject({
    state: "no_features",
    features: [],
  });
  expect(await get("/api/monitor/drift?model=gone&version=2", DriftView)).toMatchObject({ state: "unknown" });
  expect(await get("/api/monitor/drift?model=nobody&version=1", DriftView)).toMatchObject({ state: "unknown" });
});

test("windows of more than 14 days ago are forgotten, and what was learned of a version that has no others", async () => {
  const random = seededRandom(6);
  const left = observedMinute(0, simulatedWindow(random), { model: "left", windowStart: "2026-02-16T07:59:50.000Z" });
  const old = observedMinute(0, simulatedWindow(random), { model: "kept", windowStart: "2026-02-16T07:59:50.000Z" });
  const young = observedMinute(0, simulatedWindow(random), { model: "kept", windowStart: "2026-02-16T08:00:10.000Z" });
  await tell([left, old, young]);
  await handled(young);
  await forgetOldWindows.run({ ...host.ports, now: () => BEGIN }, new AbortController().signal);
  const rows = await host.database.drizzle.select().from(windows);
  expect(rows.filter(({ model }) => model === "kept").map(({ windowStart }) => windowStart)).toEqual([
    Date.parse(young.windowStart),
  ]);
  const watched = (await host.database.drizzle.select().from(watches)).map(({ model }) => model);
  expect(watched).toContain("kept");
  expect(watched).not.toContain("left");
});

const give = async (completionId: string, rating: number, headers = {}, comment?: string) => {
  const response = await post("/api/monitor/feedback", { completionId, model: "docs@2", rating, comment }, headers);
  expect(response.status).toBe(201);
  return FeedbackReceipt.parse(await response.json()).id;
};

const erase = (id: string, headers = {}) =>
  host.request("monitor", `/api/monitor/feedback/${id}`, { method: "DELETE", headers });

test("feedback is counted by version, changed by who gave it, and erased with its comment", async () => {
  const first = await give("cmpl-1", 1);
  expect(await give("cmpl-1", -1, {}, "wrong about the ford")).toBe(first);
  const viewers = await give("cmpl-1", 1, asViewer);
  await give("cmpl-2", 1, asViewer, "right");
  const list = await get("/api/monitor/feedback?model=docs", FeedbackList);
  expect(list.versions).toEqual([{ version: 2, up: 2, down: 1 }]);
  expect(list.comments.map(({ comment }) => comment).toSorted()).toEqual(["right", "wrong about the ford"]);

  expect((await erase(first, asViewer)).status).toBe(404);
  expect((await erase(viewers, asViewer)).status).toBe(204);
  expect((await erase(first)).status).toBe(204);
  expect((await erase(first)).status).toBe(404);
  const left = await get("/api/monitor/feedback?model=docs", FeedbackList);
  expect(left.versions).toEqual([{ version: 2, up: 1, down: 0 }]);
  expect(left.comments.map(({ comment }) => comment)).toEqual(["right"]);
});

test("feedback is of versions that there are", async () => {
  for (const model of ["docs@3", "nobodys@2"]) {
    const refused = await post("/api/monitor/feedback", { completionId: "cmpl-1", model, rating: 1 });
    expect([refused.status, await refused.text()]).toEqual([
      404,
      expect.stringContaining(`${model} is no version here`),
    ]);
  }
  expect((await get("/api/monitor/feedback?model=nobodys", FeedbackList)).versions).toEqual([]);
});

test("feedback is bounded", async () => {
  const given = { completionId: "cmpl-9", model: "docs@2", rating: 1 };
  for (const change of [
    { rating: 0 },
    { rating: 2 },
    { model: "docs" },
    { completionId: "a b" },
    { comment: "x".repeat(2001) },
    { surprise: true },
  ]) {
    expect((await post("/api/monitor/feedback", { ...given, ...change })).status, JSON.stringify(change)).toBe(400);
  }
  expect((await post("/api/monitor/feedback", { ...given, comment: "x".repeat(40_000) })).status).toBe(413);
});
