/** What the monitor of the scenes knows: calm, with a canary that is slow, and with nobody asking. */
import type { AlertList, AlertView, DriftView, FeedbackList, Traffic } from "@millrace/contracts";
import { START_MS } from "./scene_data.ts";

/** The kit's clock. */
const NOW_MS = START_MS + 330_000;
const STEP_MS = 20_000;
const COUNT = 180;
const FROM_MS = Math.floor((NOW_MS - COUNT * STEP_MS) / STEP_MS) * STEP_MS;

const iso = (ms: number): string => new Date(ms).toISOString();
const stepAt = (step: number): string => iso(FROM_MS + step * STEP_MS);

/** One version: asked in some steps, with a gap while the gateway was away. */
function version(
  number: number,
  {
    first = 0,
    last = COUNT,
    rate = 12,
    medianMs = 21,
    failing = 0,
  }: { first?: number; last?: number; rate?: number; medianMs?: number; failing?: number },
): Traffic["versions"][number] {
  const asked = Array.from({ length: COUNT }, (_, step) => step >= first && step < last && !(step > 60 && step < 72));
  const wobble = (step: number): number => Math.sin(step * 1.3 + number) + 0.6 * Math.sin(step * 0.21);
  const times = (factor: number) =>
    asked.map((isAsked, step) =>
      isAsked ? factor * (medianMs + 2 * wobble(step) + (step > 150 && number === 4 ? 30 : 0)) : null,
    );
  const requests = asked.map((isAsked, step) => (isAsked ? Math.round(rate + 2 * wobble(step)) : 0));
  return {
    version: number,
    requests,
    errors: requests.map((count, step) =>
      count > 0 && step > 160 ? Math.min(count, failing) : count > 0 && step % 47 === 3 ? 1 : 0,
    ),
    refused: requests.map(() => 0),
    outputTokens: requests.map((count) => count * 24),
    firstTokenP50Ms: times(1),
    firstTokenP95Ms: times(1.8),
    totalP50Ms: times(14),
    totalP95Ms: times(22),
  };
}

function traffic(versions: Traffic["versions"], marks: Traffic["marks"]): Traffic {
  return {
    model: "handbook",
    from: iso(FROM_MS),
    to: iso(NOW_MS),
    stepMs: STEP_MS,
    toldUntil: iso(NOW_MS - 14_000),
    versions,
    marks,
  };
}

const slow: AlertView = {
  alertId: "5f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f10",
  kind: "latency",
  severity: "warning",
  model: "handbook",
  version: 4,
  title: "Answers of handbook@4 begin after 52 ms; 22 ms is usual",
  value: 52,
  threshold: 27.5,
  window: { start: stepAt(152), end: stepAt(155) },
  evidence: { requests: 31, usualMs: 22, medianMs: 52 },
  raisedAt: stepAt(155),
  resolvedAt: null,
  acknowledgedAt: null,
  acknowledgedBy: null,
};
const drifting: AlertView = {
  ...slow,
  alertId: "5f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f11",
  kind: "drift",
  version: 3,
  title: "Prompts of handbook@3 are unlike its corpus: letters",
  value: 1.42,
  threshold: 1,
  evidence: { prompts: 214, letters: 1.42 },
  raisedAt: stepAt(120),
  acknowledgedAt: stepAt(130),
  acknowledgedBy: "mara",
};
const past: AlertView = {
  ...slow,
  alertId: "5f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f12",
  kind: "errors",
  severity: "critical",
  version: 3,
  title: "61.2 % of the requests to handbook@3 fail; 0.4 % is usual",
  window: { start: stepAt(30), end: stepAt(33) },
  raisedAt: stepAt(33),
  resolvedAt: stepAt(44),
  acknowledgedAt: stepAt(35),
  acknowledgedBy: "mara",
};

const BINS = Array.from({ length: 10 }, (_, bin) =>
  bin < 9 ? `0.${bin} to ${bin < 9 ? `0.${bin + 1}` : "1"}` : "from 0.9",
);

function drift(number: number, isDrifted: boolean): DriftView {
  const corpus = [0, 0, 1, 4, 12, 60, 190, 340, 230, 24];
  const prompts = isDrifted ? [2, 9, 31, 62, 58, 30, 14, 6, 2, 0] : [0, 0, 0, 2, 3, 16, 52, 84, 51, 6];
  const base = { bins: BINS, corpus };
  return {
    model: "handbook",
    version: number,
    state: "judged",
    collected: 84,
    wanted: 200,
    falseAlarmRate: 0.0001,
    drifted: isDrifted,
    window: { start: stepAt(100), end: stepAt(119) },
    features: [
      {
        ...base,
        name: "bytesPerToken",
        prompts: [0, 0, 0, 3, 4, 18, 50, 80, 52, 7],
        index: 0.18,
        threshold: 1,
        drifted: false,
      },
      { ...base, name: "letters", prompts, index: isDrifted ? 1.42 : 0.11, threshold: 1, drifted: isDrifted },
      {
        ...base,
        name: "tokenRank",
        prompts: [0, 0, 1, 2, 6, 20, 49, 78, 50, 8],
        index: 0.24,
        threshold: 1,
        drifted: false,
      },
    ],
  };
}

const feedback: FeedbackList = {
  versions: [
    { version: 3, up: 41, down: 6 },
    { version: 4, up: 2, down: 3 },
  ],
  comments: [
    {
      id: "5f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f20",
      completionId: "cmpl-8f14e45f",
      version: 4,
      rating: -1,
      comment: `Names a menu that is gone. <script>document.title="owned"</script>`,
      at: stepAt(170),
    },
  ],
};

const calm = {
  "/api/monitor/alerts": { alerts: [past] } satisfies AlertList,
  "/api/monitor/traffic": traffic(
    [version(2, { last: 20 }), version(3, { first: 18 })],
    [{ version: 3, percent: 100, reason: null, at: stepAt(19) }],
  ),
  "/api/monitor/drift": drift(3, false),
  "/api/monitor/feedback": feedback,
};

export const MONITOR = {
  calm,
  canary: {
    ...calm,
    "/api/monitor/alerts": { alerts: [slow, drifting, past] } satisfies AlertList,
    [`POST /api/monitor/alerts/${slow.alertId}/acknowledge`]: {
      ...slow,
      acknowledgedAt: iso(NOW_MS),
      acknowledgedBy: "admin",
    },
    "/api/monitor/traffic": traffic(
      [
        version(2, { last: 20 }),
        version(3, { first: 18 }),
        version(4, { first: 141, rate: 4, medianMs: 22, failing: 1 }),
      ],
      [
        { version: 3, percent: 100, reason: null, at: stepAt(19) },
        { version: 4, percent: 10, reason: null, at: stepAt(140) },
      ],
    ),
    "/api/monitor/drift": drift(3, true),
  },
  /** Nobody asks. */
  idle: {
    "/api/monitor/alerts": { alerts: [] } satisfies AlertList,
    "/api/monitor/traffic": traffic([], []),
    "/api/monitor/feedback": { versions: [], comments: [] } satisfies FeedbackList,
  },
} as const;
