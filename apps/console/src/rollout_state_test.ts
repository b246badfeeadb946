import type { DeploymentState, DeploymentView } from "@millrace/contracts";
import { expect, test } from "vitest";
import { currentDeployment, deploymentSentence, stationsOf } from "./rollout_state.ts";
import { DEPLOYMENTS } from "./testing/scene_rollouts.ts";

const [canary, live] = DEPLOYMENTS.canary;

function at(state: DeploymentState, ...reached: DeploymentState[]): DeploymentView {
  const steps = reached.map((one, second) => ({ state: one, at: new Date(second * 1000).toISOString() }));
  return { ...canary, state, steps };
}

const states = (deployment: DeploymentView) => stationsOf(deployment).map(({ state }) => state);

test("stationsOf() tells what was reached, where it stands and what is left", () => {
  expect(states(at("canary", "packaging", "gating", "loading", "smoke", "ready", "canary"))).toEqual([
    "done",
    "done",
    "done",
    "done",
    "done",
    "running",
    "waiting",
    "waiting",
  ]);
  expect(
    stationsOf(at("gating", "packaging", "gating"))
      .map(({ seconds }) => seconds)
      .slice(0, 2),
  ).toEqual([1, undefined]);
});

test("stationsOf() shows where a deployment ended, and what its way led past", () => {
  expect(states(at("failed", "packaging", "gating", "failed"))).toEqual([
    "done",
    "failed",
    "waiting",
    "waiting",
    "waiting",
    "waiting",
    "waiting",
    "waiting",
  ]);
  // Brought back: neither packaged nor measured again. The first version: no canary.
  expect(states(at("live", "loading", "smoke", "ready", "routing", "live"))).toEqual([
    "skipped",
    "skipped",
    "done",
    "done",
    "done",
    "skipped",
    "done",
    "done",
  ]);
  expect(
    states(at("superseded", "packaging", "gating", "loading", "smoke", "ready", "routing", "live", "superseded")),
  ).toEqual(["done", "done", "done", "done", "done", "skipped", "done", "done"]);
});

test("stationsOf() of a deployment whose steps were not kept claims no more than its state says", () => {
  expect(states(at("live"))).toEqual(Array.from({ length: 8 }, () => "done"));
  expect(states(at("failed"))).toEqual(Array.from({ length: 8 }, () => "waiting"));
});

test("the page is about what is under way, else about the newest", () => {
  expect(currentDeployment([live, canary])).toBe(canary);
  expect(currentDeployment(DEPLOYMENTS.rolledBack)?.version).toBe(4);
  expect(deploymentSentence(canary)).toBe("handbook v4 is tried with 10 % of the traffic beside v3");
});
