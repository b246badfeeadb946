import { EVENTS, RunEvents, RunList, RunReport, SearchResults, Summary, TrainingRunView } from "@millrace/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConsoleKit, openConsoleKit } from "./testing/console_kit.ts";
import { PAGES } from "./testing/page_list.ts";
import { HOSTILE, sceneOf } from "./testing/scenes.ts";

const RUN = "/runs/run-8f14e45f";
let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());

/** Presses a button of a page. */
function press(path: string, form: Record<string, string> = {}): Promise<Response> {
  const headers = { cookie: kit.cookie, origin: kit.url };
  return fetch(kit.url + path, { method: "POST", body: new URLSearchParams(form), headers, redirect: "manual" });
}

test("scenes answer as the contracts say", () => {
  const scene = sceneOf("serving") ?? {};
  RunList.parse(scene["/api/automation/runs"]);
  RunEvents.parse(scene[`/api/automation${RUN}/events`]);
  Summary.parse(scene[`/api/automation${RUN}/summary`]);
  RunReport.parse(scene[`/api/ingestion${RUN}/report`]);
  SearchResults.parse(scene["/api/ingestion/search"]);
  TrainingRunView.parse(scene[`/api/registry${RUN}`]);
});

describe.each(PAGES)("$path when $scene", ({ scene, path }) => {
  test("reads without a script and escapes what it shows", async () => {
    kit.show(scene);
    const response = await kit.get(path);
    const text = await response.text();
    expect(text).toContain("</main>");
    expect(text).not.toContain(HOSTILE);
    expect(text).not.toMatch(/undefined|NaN|\[object|Infinity/);
    if (scene === "down") expect(text).toContain("the database does not answer");
  });
});

test("Corpus shows each signal beside its threshold", async () => {
  kit.show("serving");
  const text = await (await kit.get("/corpus?reason=repeated_lines")).text();
  expect(text.replaceAll(/<[^>]+>|\s+/g, " ").replaceAll(/ +/g, " ")).toContain(
    "duplicate line share 0.61 , the limit is 0.30",
  );
});

test("Training exports the curve as CSV", async () => {
  kit.show("serving");
  const [head, first] = (await (await kit.get(`${RUN}/training.csv`)).text()).split("\n");
  expect(head).toBe("step,loss,validationLoss,gradientNorm,learningRate,tokensPerSecond,elapsedSeconds");
  expect(first).toMatch(/^10,[\d.]+,,/);
});

test("a page that is not there answers 404 as a page", async () => {
  const response = await kit.get("/nowhere");
  expect([response.status, response.headers.get("content-type")]).toEqual([404, "text/html; charset=UTF-8"]);
});

test("Cancel, Resume and Run again lead to the run", async () => {
  kit.show("failed");
  expect((await press(`${RUN}/cancel`)).headers.get("location")).toBe(RUN);
  expect((await press(`${RUN}/resume`)).headers.get("location")).toBe(RUN);
  const again = await press(`${RUN}/again`, { key: crypto.randomUUID() });
  expect([again.status, again.headers.get("location")]).toEqual([303, "/runs/run-2"]);
  expect((await press(`${RUN}/again`)).status).toBe(400);
});

test("an action that another service refuses says so", async () => {
  kit.show("down");
  const response = await press(`${RUN}/cancel`);
  expect(response.status).toBe(409);
  expect(await response.text()).toContain("the database does not answer");
});

test("the theme is kept in a cookie and leads back to this site only", async () => {
  const kept = await press("/theme", { theme: "dark", return: "/corpus?run=a" });
  expect([kept.headers.get("location"), kept.headers.get("set-cookie")]).toEqual([
    "/corpus?run=a",
    expect.stringContaining("millrace_theme=dark"),
  ]);
  const away = await press("/theme", { theme: "dark", return: "//evil.example" });
  expect(away.headers.get("location")).toBe("/");
});

test("/live tells of the run's changes alone", async () => {
  const response = await kit.get("/live?run=run-8f14e45f");
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = (response.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe(": open\n\n");
  const { example } = EVENTS.stageProgressed;
  await kit.publish("other", { ...example, runId: "run-other" });
  await kit.publish("own", { ...example, runId: "run-8f14e45f" });
  expect((await reader.read()).value).toBe(`event: change\ndata: {"type":"${EVENTS.stageProgressed.type}"}\n\n`);
  await reader.cancel();
});

test("scripts stay below 60 KB compressed", async () => {
  const text = await (await kit.get(`${RUN}/training`)).text();
  const base = /href="(\/static\/[0-9a-f]+)\//.exec(text)?.[1];
  const sizes = await Promise.all(
    ["page.js", "live.js", "curves.js", "uplot.js"].map(async (file) => {
      const headers = { "accept-encoding": "gzip", cookie: kit.cookie };
      const packed = await kit.raw(`${base}/${file}`, headers);
      return packed.byteLength;
    }),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
  expect(Math.min(...sizes)).toBeGreaterThan(100);
});
