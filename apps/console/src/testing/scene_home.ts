/** What the boxes of Home are made of, beside runs, versions and deployments: calm, and with much to do. */
import type { ApprovalList, DeadLetterList, RuleFirings, Series } from "@millrace/contracts";
import { at } from "./scene_data.ts";

/** A request a second and more, with a pause. */
const series: Series = {
  model: "handbook",
  version: 3,
  metric: "requests",
  unit: "requests",
  stepMs: 60_000,
  points: Array.from({ length: 30 }, (_, minute) => ({
    at: at(330 - (30 - minute) * 60),
    value: minute > 8 && minute < 12 ? 0 : Math.round(42 + 9 * Math.sin(minute * 0.9)),
  })),
};

const firing: RuleFirings["firings"][number] = {
  ruleId: "gates-passed",
  eventId: "00000000-0000-4000-8000-000000000031",
  eventType: "millrace.rollout.ready.v1",
  action: "start_rollout",
  model: "handbook",
  version: 3,
  outcome: "done",
  detail: "",
  at: at(298),
};
const promoted: typeof firing = {
  ...firing,
  ruleId: "canary-healthy",
  eventType: "millrace.rollout.judged.v1",
  action: "promote",
  at: at(309),
};
const heldBack: typeof firing = { ...promoted, action: "retrain", outcome: "cooldown", at: at(320) };

const approvals: ApprovalList = {
  approvals: [
    {
      model: "handbook",
      version: 4,
      alias: "live",
      state: "pending",
      requestedBy: "mara",
      requestedAt: at(290),
      decidedBy: null,
      decidedAt: null,
      comment: null,
    },
  ],
};
const letters: DeadLetterList = {
  deadLetters: [1, 2, 3].map((sequence) => ({
    sequence,
    type: "millrace.serving.routed.v1",
    consumer: "deployer-serving_routed",
    eventId: `00000000-0000-4000-8000-00000000004${sequence}`,
    subject: "millrace.default.serving.routed.v1.run-1",
    payload: "{}",
    payloadLength: 2,
    error: { name: "Error", message: "reading handbook@9: <i>there is no such version</i>" },
    attempts: 5,
    requeues: 0,
    parkedAt: at(100 + sequence),
  })),
  next: null,
};

export const HOME = {
  calm: {
    "/api/monitor/series": series,
    "/api/automation/rules/firings": { firings: [heldBack, promoted, firing] },
    "/api/automation/dead-letters": { deadLetters: [], next: null },
    "/api/registry/approvals": { approvals: [] },
  },
  busy: {
    "/api/automation/dead-letters": letters,
    "/api/registry/approvals": approvals,
    "/api/registry/models/handbook/approvals": approvals,
  },
};
