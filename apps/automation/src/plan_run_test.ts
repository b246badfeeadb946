import { EVENTS, Recipe, RunList, RunView, StartedRun } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAutomation } from "./service.ts";

let host: TestHost;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [createAutomation(openPorts, access, { endpoint: () => "http://127.0.0.1:1/v1" })],
    migrations: { automation: await readMigrations("automation") },
  });
});
afterAll(() => host.close());

const runs = "/api/automation/runs";
const get = async (path: string): Promise<unknown> => (await host.request("automation", path)).json();

const recipe = Recipe.parse({ name: "docs", sources: [{ path: "/docs" }] });
const start = (idempotencyKey: string, given = recipe): Promise<Response> =>
  host.request("automation", runs, { method: "POST", body: JSON.stringify({ recipe: given, idempotencyKey }) });

test("a run can be looked at from the moment it was asked for, before any event is handled", async () => {
  const { runId } = StartedRun.parse(await (await start("at once")).json());
  expect(RunView.parse(await get(`${runs}/${runId}`))).toMatchObject({ name: "docs", state: "planned", attempt: 1 });
  expect(RunList.parse(await get(runs)).runs.map(({ id }) => id)).toEqual([runId]);
  expect(Recipe.parse(await get(`${runs}/${runId}/recipe`))).toEqual(recipe);

  await host.start();
  await host.events.until(EVENTS.corpusCollect, ({ correlationid }) => correlationid === runId);
  expect(RunView.parse(await get(`${runs}/${runId}`)).state).toBe("collecting");
});

test("a run whose id is another run's is refused, and the other goes on", async () => {
  // Found by trying: the ids of project `default` made of them begin with the same 32 bits.
  const [first, second] = ["key-135106", "key-172007"];
  const { runId } = StartedRun.parse(await (await start(first)).json());
  const refused = await start(second, Recipe.parse({ ...recipe, name: "other" }));
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { error: { code: "conflict", message: expect.stringContaining(`${runId}, in use`) as string } },
  ]);
  expect(RunView.parse(await get(`${runs}/${runId}`)).name).toBe("docs");
  expect(StartedRun.parse(await (await start(first)).json())).toEqual({ runId });
});
