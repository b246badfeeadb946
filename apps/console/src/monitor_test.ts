/** The Monitor's page, its files, and acknowledging. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ConsoleKit, openConsoleKit } from "./testing/console_kit.ts";

const ALERT = "/monitor/alerts/5f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f10/acknowledge";
let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());
beforeEach(() => kit.show("canary"));

test("Monitor tells alerts first, then what is measured, drift in words, and ratings", async () => {
  const words = await kit.words("/monitor");
  expect(words).toContain("2 alerts are open");
  expect(words).toContain("Answers of handbook@4 begin after 52 ms; 22 ms is usual");
  expect(words).toContain("mara looks after it");
  expect(words).toContain("Prompts of v3 are unlike its corpus: letters");
  expect(words).toContain("stability index 1.42, above the threshold of 1.00");
  expect(words).toContain("214 prompts");
  expect(words).toContain("83 % of 52 ratings are good");
  expect(words).toContain("Roll-outs: v3 100 % at");
  kit.show("serving");
  expect(await kit.words("/monitor")).toContain("Nothing is wrong handbook answered last 14 s ago");
});

test("Monitor claims nothing of what could not be read", async () => {
  kit.show("down");
  for (const path of ["/monitor", "/monitor?model=handbook"]) {
    const words = await kit.words(path);
    expect(words).toContain("Could not be read Tried reading /api/monitor/alerts");
    expect(words).not.toMatch(/No alert was raised|there is none|No version has answered|No answer was rated/);
  }
});

test("the range and the version are in the address, and each is asked for as it is named", async () => {
  const asked: string[] = [];
  const stop = kit.onAsked((path) => asked.push(path));
  await kit.get("/monitor?model=handbook&range=24h&version=4");
  await kit.get("/monitor?range=forever&version=no");
  // Version 3 answered most in this scene, and version 2 has the traffic.
  kit.show("training");
  await kit.get("/monitor?model=handbook");
  stop();
  const hours = asked
    .filter((path) => path.startsWith("/api/monitor/traffic"))
    .map((path) => new URL(path, "http://peer").searchParams)
    .map((query) => (Date.parse(query.get("to") ?? "") - Date.parse(query.get("from") ?? "")) / 3_600_000);
  expect(hours).toEqual([24, 1, 1]);
  expect(asked.filter((path) => path.startsWith("/api/monitor/drift"))).toEqual([
    "/api/monitor/drift?model=handbook&version=4",
    "/api/monitor/drift?model=handbook&version=3",
    "/api/monitor/drift?model=handbook&version=2",
  ]);
});

test("an alert is acknowledged by whoever is logged in, and the page that was looked at comes back", async () => {
  const response = await kit.press(`${ALERT}?model=handbook&range=6h`);
  expect([response.status, response.headers.get("location")]).toEqual([303, "/monitor?model=handbook&range=6h"]);
  expect(kit.posted(`/api${ALERT}`)).toEqual([{}]);
});

test("each chart is a file of one row a time and one column a line, empty where nothing was measured", async () => {
  const [head, ...rows] = (await (await kit.get("/monitor/first-token.csv?model=handbook")).text())
    .trim()
    .split("\r\n");
  expect(head).toBe(`time,v2,v3,v4,"v2, p95","v3, p95","v4, p95"`);
  expect(rows).toHaveLength(180);
  expect(rows[66]).toMatch(/Z,,,,,,$/);
  for (const chart of ["latency", "errors", "tokens"]) {
    expect((await (await kit.get(`/monitor/${chart}.csv?model=handbook`)).text()).split("\r\n")[0]).toMatch(/^time,v2/);
  }
  for (const path of ["/monitor/tokens.csv", "/monitor/timelines.json"]) {
    expect((await fetch(`${kit.url}${path}?model=handbook`)).status).toBe(401);
    expect((await kit.get(path)).status).toBe(404);
  }
  expect((await kit.get("/monitor/drift.csv")).status).toBe(400);
});
