import { EVENTS, Recipe, type RunReport, RunView, StartedRun, Summary } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { defineService, HttpError } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createAutomation } from "./service.ts";

const { report } = EVENTS.corpusDeduplicated.example;
/** What ingestion, which is another app, tells of every run now. */
let told: Pick<RunReport, "report" | "erasing"> = { report };
let isFinal = true;
let isDown = false;
/** What comes to pass once it was told. */
let next: typeof told | undefined;
const FORGOTTEN = { report: { ...report, dropped: { ...report.dropped, forgotten: 2 } } };

let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [
      createAutomation(openPorts, access, { endpoint: () => "http://127.0.0.1:4100/v1" }),
      defineService(
        {
          name: "ingestion",
          routes(http) {
            http.get("/api/ingestion/runs/:id/report", (context) => {
              if (isDown) throw new HttpError(503, "unavailable", "the database does not answer");
              const answer: RunReport = { runId: context.req.param("id"), final: isFinal, ...told };
              told = next ?? told;
              return context.json(answer);
            });
          },
        },
        openPorts,
        access,
      ),
    ],
    migrations: { automation: await readMigrations("automation") },
  });
  await host.start();
});
afterAll(() => host.close());

const post = (path: string, body: object): Promise<Response> =>
  host.request("automation", `/api/automation${path}`, { method: "POST", body: JSON.stringify(body) });

beforeEach(() => {
  [told, next, isFinal, isDown] = [{ report }, undefined, true, false];
});

/** A run that had its corpus and failed, or that failed before it had one. */
async function failedRun(idempotencyKey: string, hasCorpus = true): Promise<string> {
  const recipe = Recipe.parse({ name: "docs", sources: [{ path: "/docs" }] });
  const { runId } = StartedRun.parse(await (await post("/runs", { recipe, idempotencyKey })).json());
  const asked = (type: string) =>
    expect
      .poll(() => host.events.all().some((event) => event.correlationid === runId && event.type === type))
      .toBe(true);
  const tell = (definition: (typeof EVENTS)[keyof typeof EVENTS], data: object) =>
    host.publish(`${runId} ${definition.type}`, definition as never, { ...data, runId } as never, {
      correlationid: runId,
    });
  await asked(EVENTS.corpusCollect.type);
  await tell(EVENTS.corpusCollected, EVENTS.corpusCollected.example);
  await asked(EVENTS.corpusClean.type);
  await tell(EVENTS.corpusCleaned, EVENTS.corpusCleaned.example);
  await asked(EVENTS.corpusDeduplicate.type);
  if (hasCorpus) {
    await tell(EVENTS.corpusDeduplicated, EVENTS.corpusDeduplicated.example);
    await asked(EVENTS.corpusTokenize.type);
  }
  const stage = hasCorpus ? "tokenizing" : "deduplicating";
  await tell(EVENTS.stageFailed, {
    stage,
    attempt: 1,
    error: { code: "tokenizing_failed", message: "the disk is full" },
  });
  await expect.poll(() => state(runId)).toBe("failed");
  return runId;
}

const look = async (runId: string): Promise<RunView> =>
  RunView.parse(await (await host.request("automation", `/api/automation/runs/${runId}`)).json());
const state = async (runId: string): Promise<string> => (await look(runId)).state;

test("a run is not resumed with a corpus that a document was taken out of since, or is to be", async () => {
  const runId = await failedRun("one");
  told = FORGOTTEN;
  const refused = await post(`/runs/${runId}/resume`, {});
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain("2 of its documents forgotten since it had its corpus");
  told = { report, erasing: 1 };
  expect(await (await post(`/runs/${runId}/resume`, {})).text()).toContain("found 1 of its documents forgotten");
  expect(await state(runId)).toBe("failed");

  told = { report };
  expect((await post(`/runs/${runId}/resume`, {})).status).toBe(202);
  await expect.poll(() => state(runId)).toBe("tokenizing");
});

test("a run that is resumed while a document is forgotten goes no further", async () => {
  const runId = await failedRun("two");
  next = FORGOTTEN;
  expect((await post(`/runs/${runId}/resume`, {})).status).toBe(202);
  await expect.poll(() => state(runId)).toBe("cancelled");
  expect((await look(runId)).error).toContain("found 2 of its documents forgotten since it had its corpus");
  const asked = host.events.of(EVENTS.corpusTokenize).filter(({ data }) => data.runId === runId);
  expect(asked.map(({ data }) => data.attempt)).toEqual([1]);
});

test("the summary of a run that failed before it had a corpus tells where and why, and what became of its documents if that is known", async () => {
  const runId = await failedRun("three", false);
  const summary = async (): Promise<Summary> =>
    Summary.parse(await (await host.request("automation", `/api/automation/runs/${runId}/summary`)).json());
  isFinal = false;
  expect(await summary()).toMatchObject({
    stoppedIn: "deduplicating",
    error: expect.stringContaining("the disk is full"),
    documents: null,
  });
  told = { report: { ...report, kept: 0 } };
  const { read, duplicates, dropped, redactions } = report;
  expect(await summary()).toMatchObject({ documents: { read, kept: 0, duplicates, dropped }, redactions });
  isDown = true;
  expect(await summary()).toMatchObject({ stoppedIn: "deduplicating", documents: null });
});
