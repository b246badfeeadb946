import { EVENTS, Recipe, type RunReport, RunView, StartedRun } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { defineService } from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAutomation } from "./service.ts";

const { report } = EVENTS.corpusDeduplicated.example;
/** What ingestion, which is another app, tells of every run now. */
let told: RunReport["report"] = report;

let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [
      createAutomation(openPorts, access, { endpoint: () => "http://127.0.0.1:4100/v1" }),
      defineService(
        {
          name: "ingestion",
          routes(http) {
            http.get("/api/ingestion/runs/:id/report", (context) =>
              context.json({ runId: context.req.param("id"), final: true, report: told } satisfies RunReport),
            );
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

test("a run is not resumed with a corpus that a document was taken out of since", async () => {
  const recipe = Recipe.parse({ name: "docs", sources: [{ path: "/docs" }] });
  const { runId } = StartedRun.parse(await (await post("/runs", { recipe, idempotencyKey: "one" })).json());
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
  await tell(EVENTS.corpusDeduplicated, EVENTS.corpusDeduplicated.example);
  await asked(EVENTS.corpusTokenize.type);
  const error = { code: "tokenizing_failed", message: "the disk is full" };
  await tell(EVENTS.stageFailed, { stage: "tokenizing", attempt: 1, error });
  const state = async (): Promise<string> =>
    RunView.parse(await (await host.request("automation", `/api/automation/runs/${runId}`)).json()).state;
  await expect.poll(state).toBe("failed");

  told = { ...report, dropped: { ...report.dropped, forgotten: 2 } };
  const refused = await post(`/runs/${runId}/resume`, {});
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain("2 of its documents forgotten since it had its corpus");
  expect(await state()).toBe("failed");

  told = report;
  expect((await post(`/runs/${runId}/resume`, {})).status).toBe(202);
  await expect.poll(state).toBe("tokenizing");
});
