import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConsoleKit, openConsoleKit } from "../testing/console_kit.ts";

const RUN = "run-8f14e45f";
let kit: ConsoleKit;
beforeAll(async () => {
  kit = await openConsoleKit();
});
afterAll(() => kit.close());

const LISTS: readonly (readonly [string, string, readonly string[]])[] = [
  ["/runs", "", ["id", "name", "state"]],
  [`/runs/${RUN}/events`, "", ["time", "type", "id", "cause"]],
  ["/corpus/documents", `?run=${RUN}`, ["id", "title", "source", "split", "masks", "sizeBytes"]],
  ["/corpus/dropped", `?run=${RUN}&reason=repeated_lines`, ["id", "source", "reason", "signal", "value", "limit"]],
  ["/corpus/duplicates", `?run=${RUN}`, ["standsForIt", "id", "source", "sizeBytes"]],
  ["/search", "?q=token", ["documentId", "source", "passage"]],
  ["/models", "", ["model", "version", "state", "verdict"]],
  ["/monitor/alerts", "", ["kind", "severity", "model", "title", "raisedAt"]],
  ["/monitor/drift", "?model=handbook&version=3", ["feature", "bin", "corpus", "prompts", "index", "threshold"]],
  ["/monitor/feedback", "?model=handbook", ["version", "good", "bad"]],
  ["/events/dead-letters", "", ["sequence", "type", "consumer", "error"]],
  ["/automation/firings", "", ["at", "rule", "outcome", "detail"]],
  ["/deployments", "", ["model", "version", "state", "verdict", "reason"]],
  ["/models/handbook/3/files", "", ["file", "about", "sizeBytes", "sha256"]],
  ["/models/handbook/3/lineage", "", ["from", "to", "relation"]],
];

test.each(LISTS)("%s is a file with the same rows as CSV and as JSON", async (path, query, wanted) => {
  kit.show("serving");
  const [csv, json] = await Promise.all([kit.get(`${path}.csv${query}`), kit.get(`${path}.json${query}`)]);
  expect([csv.headers.get("content-type"), json.headers.get("content-type")]).toEqual([
    "text/csv; charset=utf-8",
    "application/json; charset=utf-8",
  ]);
  expect(csv.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+\.csv"$/);
  const rows = (await json.json()) as Record<string, unknown>[];
  const text = await csv.text();
  expect(rows.length).toBeGreaterThan(0);
  expect(Object.keys(rows[0] ?? {})).toEqual(expect.arrayContaining([...wanted]));
  expect(text.split("\r\n")[0]).toBe(Object.keys(rows[0] ?? {}).join(","));
  expect(text.endsWith("\r\n")).toBe(true);
});

test.each(LISTS)(
  "%s is refused without a session, and says what failed when it cannot be read",
  async (path, query) => {
    const nobody = await fetch(`${kit.url}${path}.csv${query}`, { redirect: "manual" });
    expect(nobody.status).toBe(401);
    kit.show("down");
    const response = await kit.get(`${path}.csv${query}`);
    expect(response.status).toBe(502);
    expect(await response.text()).toContain("the database does not answer");
  },
);

test.each([
  ["dropped", "&reason=repeated_lines&under=docs", "dropped?limit=200&under=docs&reason=repeated_lines"],
  ["dropped", "&reason=any&under=docs", "dropped?limit=200&under=docs"],
  ["documents", "&licence=", "documents?limit=200&licence="],
  ["documents", "&under=docs&licence=CC-BY-4.0", "documents?limit=200&under=docs&licence=CC-BY-4.0"],
])("%s are exported as the page filters them: %s", async (list, filters, wanted) => {
  kit.show("serving");
  const asked: string[] = [];
  const stop = kit.onAsked((path) => asked.push(path));
  const response = await kit.get(`/corpus/${list}.json?run=${RUN}${filters}`);
  stop();
  expect(response.status).toBe(200);
  expect(asked).toEqual([`/api/ingestion/runs/${RUN}/${wanted}`]);
});

test.each([
  [`/corpus/documents.csv?run=${RUN}&reason=quarantined`, 'found parameter "reason", wanted only run, under, licence'],
  [`/corpus/dropped.json?run=${RUN}&licence=MIT`, 'found parameter "licence", wanted only run, under, reason'],
  [`/corpus/duplicates.csv?run=${RUN}&udner=docs`, 'found parameter "udner", wanted only run'],
  [`/corpus/sources.csv?run=${RUN}&udner=docs`, 'did you mean "under"?'],
  ["/runs.csv?state=failed", 'found parameter "state", wanted none'],
  [`/runs/${RUN}/bits.csv?with=run-1`, 'found parameter "with", wanted none'],
  ["/search.json?query=mill", 'found parameter "query", wanted only q'],
  ["/search.csv?q=", "found no words"],
  ["/corpus/waterfall.csv", "found no run"],
])("%s is refused: a file of something else than was asked for helps nobody", async (address, words) => {
  kit.show("serving");
  const response = await kit.get(address);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { error: { message: string } }).error.message).toContain(words);
});

test("the files that a page links are those of what it shows", async () => {
  kit.show("serving");
  for (const view of ["", "&reason=repeated_lines&under=docs", "&reason=any&licence=MIT", "&licence=CC-BY-4.0"]) {
    const page = await (await kit.get(`/corpus?run=${RUN}${view}`)).text();
    const links = [...page.matchAll(/href="(\/corpus\/[^"]+\.(?:csv|json)[^"]*)"/g)].map(([, href]) => href ?? "");
    expect(links.length).toBeGreaterThan(2);
    for (const link of links) expect((await kit.get(link.replaceAll("&amp;", "&"))).status, link).toBe(200);
  }
});

test("a list of a corpus wants to know which", async () => {
  expect((await kit.get("/corpus/documents.csv")).status).toBe(400);
  kit.show("serving");
  expect((await kit.get("/corpus/documents.csv?run=run-none")).status).toBe(404);
});

test("text that a spreadsheet would run is written as text", async () => {
  kit.show("serving");
  const text = await (await kit.get("/runs.csv")).text();
  expect(text).not.toMatch(/(?:^|,)"?[=+@]/m);
  const dropped = await (await kit.get(`/corpus/dropped.csv?run=${RUN}`)).text();
  expect(dropped).toContain("'=cmd|' /C calc'!A0");
  expect(dropped).not.toMatch(/(?:^|,)"?=/m);
});
