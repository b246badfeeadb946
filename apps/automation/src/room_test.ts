import { NO_LIMITS, type ProjectLimits, Recipe, StartedRun } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createAutomation } from "./service.ts";

let host: TestHost;
let limits: ProjectLimits;
beforeAll(async () => {
  host = await testHost({
    services: (openPorts, access) => [createAutomation(openPorts, access, { endpoint: () => "" })],
    migrations: { automation: await readMigrations("automation") },
    limitsOf: async () => limits,
  });
  await host.start();
});
beforeEach(() => {
  limits = NO_LIMITS;
});
afterAll(() => host.close());

const recipe = Recipe.parse({ name: "docs", sources: [{ path: "/docs" }] });

function post(path: string, body: object): Promise<Response> {
  return host.request("automation", `/api/automation/runs${path}`, { method: "POST", body: JSON.stringify(body) });
}
const start = (idempotencyKey: string): Promise<Response> => post("", { recipe, idempotencyKey });
async function refusal(answer: Response): Promise<string> {
  const { error } = (await answer.json()) as { error: { code: string; message: string } };
  return `${answer.status} ${error.code} ${error.message}`;
}

test("no more runs are under way than the project may have, also when they are started at once", async () => {
  limits = { ...NO_LIMITS, concurrentRuns: 2 };
  const answers = await Promise.all(["one", "two", "three", "four"].map(start));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 429, 429]);
  const refused = answers.find(({ status }) => status === 429) as Response;
  expect(await refusal(refused)).toBe(
    "429 limit_reached starting a run: found 2 under way in project default, wanted at most 2 with it",
  );
  const begun = answers.findIndex(({ status }) => status === 202);
  const { runId } = StartedRun.parse(await (answers[begun] as Response).json());
  // The same run asked for again is not another one.
  expect((await start(["one", "two", "three", "four"][begun] as string)).status).toBe(202);

  expect((await post(`/${runId}/cancel`, { reason: "makes room" })).status).toBe(202);
  const state = async () =>
    ((await (await host.request("automation", `/api/automation/runs/${runId}`)).json()) as { state: string }).state;
  await expect.poll(state, { timeout: 30_000 }).toBe("cancelled");
  expect((await start("five")).status).toBe(202);
  expect(await refusal(await post(`/${runId}/resume`, {}))).toMatch(/^429 limit_reached/);
  limits = NO_LIMITS;
  expect((await post(`/${runId}/resume`, {})).status).toBe(202);
});

test("a project whose artifacts take all that they may starts no run", async () => {
  const artifacts = host.artifacts.forProject("default");
  await artifacts.put(new Uint8Array(5000), "application/octet-stream");
  await host.artifacts.forProject("acme").put(new Uint8Array(50_000), "application/octet-stream");
  limits = { ...NO_LIMITS, bytes: 5000 };
  const answer = await refusal(await start("full"));
  expect(answer).toMatch(/^403 limit_reached starting a run: found 5\d{3} bytes of artifacts in project default/);
  limits = { ...NO_LIMITS, bytes: 40_000 };
  expect((await start("full")).status).toBe(202);
});
