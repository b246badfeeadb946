import { expect, test } from "vitest";
import { START_MS, version } from "../testing/scene_data.ts";
import { DEPLOYMENTS } from "../testing/scene_rollouts.ts";
import { lifeOf } from "./document_life.ts";

test("lifeOf() tells the state of a deployment in words and in its colour, as the deployment's page does", () => {
  const [deployment] = DEPLOYMENTS.rolledBack;
  const { model, version: number } = deployment!;
  const life = lifeOf({
    id: "d",
    source: "a.md",
    licence: undefined,
    places: [],
    tokens: undefined,
    runs: [],
    versions: [{ ...version, model, version: number }],
    deployments: [deployment!],
    nowMs: START_MS,
  });
  expect(String(life)).toContain("rolled back");
  expect(String(life)).not.toContain("rolled_back");
  expect(String(life)).toMatch(/class="badge failed"/);
});
