/** Rules, firings and dead letters of the scenes. */
import type { DeadLetterList, RuleDryRunResult, RuleList } from "@millrace/contracts";
import { at, recipe } from "./scene_data.ts";

const base = { enabled: true, when: [], cooldownSeconds: 0, maxPerDay: 100, firedToday: 0, lastFiredAt: null } as const;

const rules: RuleList["rules"] = [
  {
    ...base,
    id: "gates-passed",
    description: "A version that has passed its gates and answers is rolled out.",
    on: "millrace.rollout.ready.v1",
    when: [],
    do: "start_rollout",
    source: "shipped",
    firedToday: 2,
    lastFiredAt: at(255),
  },
  {
    ...base,
    id: "canary-healthy",
    description: "A canary that was found healthy is given all traffic.",
    enabled: false,
    on: "millrace.rollout.judged.v1",
    when: [{ field: "verdict", op: "==", value: "healthy" }],
    do: "promote",
    source: "shipped",
  },
  {
    ...base,
    id: "wiki-after-handbook",
    description: "The wiki quotes the handbook <b>often</b>.",
    on: "millrace.model.deployed.v1",
    when: [
      { field: "model", op: "in", value: ["handbook", "manual"] },
      { field: "version", op: ">=", value: 3 },
    ],
    do: "start_run",
    recipe: { name: "wiki", artifact: { sha256: "d".repeat(64), sizeBytes: 812, mediaType: "application/json" } },
    cooldownSeconds: 3600,
    maxPerDay: 1,
    source: "own",
  },
];

const letter = {
  consumer: "ingestion-collect",
  eventId: "5f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f40",
  subject: "millrace.default.corpus.collect.v1",
  type: "millrace.corpus.collect.v1",
  payload: '{"specversion":"1.0","data":{"runId":"run-8f14e45f"}} <script>document.title="owned"</script>',
  payloadLength: 92,
  error: { name: "Error", message: "reading rows of ingestion: the database does not answer" },
  attempts: 5,
  requeues: 1,
  parkedAt: at(-3600),
};

const tried: RuleDryRunResult = {
  seen: 7,
  matched: 4,
  wouldFire: 3,
  examples: [
    { eventId: letter.eventId, time: at(-86_400), data: { model: "handbook", version: 3, verdict: "healthy" } },
  ],
};

export const RULES = {
  some: {
    "/api/automation/rules": { rules } satisfies RuleList,
    "/api/automation/rules/wiki-after-handbook/recipe": recipe,
    "PUT /api/automation/rules/wiki-after-handbook": { rules },
    "PUT /api/automation/rules/canary-healthy": { rules },
    "PUT /api/automation/rules/my-rule": { rules },
    "DELETE /api/automation/rules/wiki-after-handbook": { rules },
    "POST /api/automation/rules/dry-run": tried,
    "POST /api/automation/dead-letters/requeue": { requeued: 2, more: false },
    "/api/automation/dead-letters?limit=200": {
      deadLetters: [
        { ...letter, sequence: 12 },
        { ...letter, sequence: 13, requeues: 0, eventId: "6f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f41" },
        {
          ...letter,
          sequence: 14,
          consumer: "automation-audit_corpus",
          type: "millrace.corpus.guessed.v1",
          error: { name: "MalformedEventError", message: "the catalogue has no such type" },
        },
      ],
      next: null,
    } satisfies DeadLetterList,
  },
  none: {
    "/api/automation/rules": { rules: rules.slice(0, 2) } satisfies RuleList,
    "/api/automation/dead-letters?limit=200": { deadLetters: [], next: null } satisfies DeadLetterList,
  },
} as const;
