import { EVENTS } from "@millrace/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { servingHost, type ServingHost } from "./testing/serving_host.ts";

let serving: ServingHost;
beforeAll(async () => {
  serving = await servingHost();
  await serving.load(1);
  await serving.route(1, 100);
});
afterAll(() => serving.close());

const PROMPT = "The mill race leads the stream to the mill wheel of the old mill";

async function complete(more: Record<string, string> = {}): Promise<void> {
  const headers = { "content-type": "application/json", ...more };
  const body = JSON.stringify({ model: "docs", prompt: [PROMPT, "short"], max_tokens: 2 });
  const response = await serving.host.request("inference", "/v1/completions", { method: "POST", body, headers });
  expect(response.status).toBe(200);
}

test("the windows that are told of count users' prompts by the corpus profile, without a word of them", async () => {
  await complete();
  await complete({ "millrace-synthetic": "1" });
  const { data } = await serving.host.events.until(EVENTS.trafficObserved, (event) => event.data.real.requests > 0);
  expect(data).toMatchObject({ model: "docs", version: 1, real: { requests: 1, errors: 0 } });
  const { prompts } = data.real;
  expect(prompts?.profile).toMatch(/^[0-9a-f]{64}$/);
  // One of the two is long enough.
  for (const bins of Object.values(prompts?.features ?? {})) expect(bins.reduce((sum, n) => sum + n, 0)).toBe(1);
  expect(Object.keys(prompts?.features ?? {})).toEqual(["bytesPerToken", "letters", "tokenRank"]);
  const told = serving.host.events.of(EVENTS.trafficObserved);
  expect(JSON.stringify(told)).not.toContain("mill wheel");
  expect(told.every((event) => event.data.synthetic.prompts === null)).toBe(true);
});
