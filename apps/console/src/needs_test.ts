import {
  AlertList,
  ApprovalList,
  DeadLetterList,
  DeploymentList,
  RuleFirings,
  RunReport,
  Series,
} from "@millrace/contracts";
import { expect, test } from "vitest";
import { changesOf } from "./changes.ts";
import { needsOf } from "./needs.ts";
import { HOME } from "./testing/scene_home.ts";
import { MONITOR } from "./testing/scene_monitor.ts";
import { DEPLOYMENTS } from "./testing/scene_rollouts.ts";
import { report, runAt } from "./testing/scene_data.ts";

const { approvals } = ApprovalList.parse(HOME.busy["/api/registry/approvals"]);
const letters = DeadLetterList.parse(HOME.busy["/api/automation/dead-letters"]);
const { alerts } = AlertList.parse(MONITOR.canary["/api/monitor/alerts"]);
Series.parse(HOME.calm["/api/monitor/series"]);

test("needsOf() tells what waits for a person, most urgent first, and where it is dealt with", () => {
  const failed = runAt("tokenizing", { state: "failed", stoppedIn: "tokenizing", error: "too small" });
  const runReport = RunReport.parse({ runId: failed.id, final: true, report });
  const needs = needsOf({ approvals, alerts, runs: [failed], letters, report: runReport, deployments: [] });
  expect(needs.map(({ word, href }) => [word, href])).toEqual([
    ["approval", "/models/handbook/4"],
    ["warning", "/monitor?model=handbook&version=4"],
    ["warning", "/monitor?model=handbook&version=3"],
    ["failed", "/runs/run-8f14e45f"],
    ["dead letters", undefined],
    ["set aside", "/corpus?run=run-8f14e45f&reason=quarantined#documents"],
  ]);
  expect(needs.map(({ sentence }) => sentence)).toContain("3 events could not be handled");
  // A line of a file is one of them, and not all of them are text.
  expect(needs.at(-1)?.sentence).toBe(`${report.quarantined} documents of ${failed.name} could not be read`);
});

const NOTHING = {
  approvals: undefined,
  alerts: undefined,
  runs: undefined,
  letters: undefined,
  report: undefined,
  deployments: undefined,
};

/** Needs of a run that waits, and nothing else. */
function needsWaitingFor(act: "start" | "approve") {
  const run = runAt("deploying");
  const awaits = { act, version: "handbook@2", requestedBy: null, since: "2026-11-02T09:00:00.000Z" };
  const stages = run.stages.map((one) => (one.stage === "deploying" ? { ...one, awaits } : one));
  return needsOf({ ...NOTHING, runs: [{ ...run, stages }] });
}

test("needsOf() tells of a run that waits for a roll-out, and leaves one that waits for approval to the approvals", () => {
  expect(needsWaitingFor("start")).toMatchObject([
    {
      word: "roll-out",
      sentence: "handbook@2 is ready and waits to be rolled out, which no rule does",
      href: "/deployments?model=handbook",
      command: "npx millrace rollout start handbook@2",
      // Not since the stage has begun.
      at: "2026-11-02T09:00:00.000Z",
    },
  ]);
  expect(needsWaitingFor("approve")).toEqual([]);
});

test("needsOf() leaves out what is over: resolved alerts, decided approvals, failures that a later run made good", () => {
  const decided = approvals.map((one) => ({ ...one, state: "approved" as const }));
  const resolved = alerts.map((one) => ({ ...one, resolvedAt: one.raisedAt }));
  const failed = runAt("tokenizing", { id: "run-1", state: "failed" });
  const runs = [runAt("serving", { id: "run-2" }), failed];
  const none = { deadLetters: [], next: null };
  expect(needsOf({ ...NOTHING, approvals: decided, alerts: resolved, runs, letters: none })).toEqual([]);
});

test("needsOf() leaves out a run that failed when its version was taken back, once that version is live all the same", () => {
  const failed = runAt("deploying", { state: "failed", stoppedIn: "deploying" });
  const [deployment] = DeploymentList.parse({ deployments: DEPLOYMENTS.rolledBack }).deployments;
  const of = { ...deployment!, runId: failed.id };
  const wordsWhen = (state: "live" | "rolled_back") =>
    needsOf({ ...NOTHING, runs: [failed], deployments: [{ ...of, state }] }).map(({ word }) => word);
  expect(wordsWhen("rolled_back")).toEqual(["failed"]);
  expect(wordsWhen("live")).toEqual([]);
});

test("changesOf() tells roll-outs and rules as sentences, newest first, and no rule that was held back", () => {
  const { firings } = RuleFirings.parse(HOME.calm["/api/automation/rules/firings"]);
  const changes = changesOf({ runs: [], versions: [], deployments: DEPLOYMENTS.rolledBack.slice(0, 1), firings });
  expect(changes.map(({ sentence }) => sentence)).toEqual([
    "handbook v4 was rolled back: 12 of 20 requests failed, of version 3 0 of 180",
    "handbook v3 was promoted by rule canary-healthy",
    "The roll-out of handbook v3 was started by rule gates-passed",
    "handbook v4 began to be tried with 10 % of the traffic",
  ]);
});
