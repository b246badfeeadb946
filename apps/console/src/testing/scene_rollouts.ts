/** Deployments and traffic of the scenes: one live version, a canary beside it, and one that was rolled back. */
import type { DeploymentState, DeploymentStep, DeploymentView, Gate, RouteList } from "@millrace/contracts";
import { at } from "./scene_data.ts";

const RUN = "run-8f14e45f";

const GATES: Gate[] = [
  {
    name: "bits_per_byte",
    state: "passed",
    value: 1.712,
    limit: 1.753,
    unit: "bits/byte",
    detail: "handbook@3 on 41 validation documents, 65,102 bytes; handbook@2 needs 1.719",
  },
  {
    name: "quantised_divergence",
    state: "passed",
    value: 0.0021,
    limit: 0.05,
    unit: "nats/token",
    detail: "8-bit weights against full ones on 2,048 tokens of validation text",
  },
  {
    name: "quantised_agreement",
    state: "passed",
    value: 0.981,
    limit: 0.9,
    unit: "of tokens",
    detail: "the same most likely token, on 2,048 tokens",
  },
  {
    name: "quantised_bits",
    state: "passed",
    value: 0.004,
    limit: 0.02,
    unit: "bits/byte",
    detail: "more than full weights need",
  },
];

function steps(...states: readonly [DeploymentState, number][]): DeploymentStep[] {
  return states.map(([state, seconds]) => ({ state, at: at(seconds) }));
}

const base = {
  runId: RUN,
  model: "handbook",
  samples: [],
  gates: GATES,
  error: null,
  stable: null,
  canary: { percent: 10, requests: 50, waitSeconds: 20 },
  verdict: null,
  evidence: null,
} as const;

const superseded: DeploymentView = {
  ...base,
  samples: [],
  gates: [...GATES],
  runId: "run-1679091c",
  version: 2,
  state: "superseded",
  steps: steps(
    ["packaging", -172_500],
    ["gating", -172_498],
    ["loading", -172_492],
    ["smoke", -172_488],
    ["ready", -172_487],
    ["routing", -172_487],
    ["live", -172_486],
    ["superseded", 310],
  ),
  percent: 0,
  startedAt: at(-172_500),
  updatedAt: at(310),
};
const WAY: readonly [DeploymentState, number][] = [
  ["packaging", 286],
  ["gating", 289],
  ["loading", 294],
  ["smoke", 297],
  ["ready", 298],
  ["canary", 298],
];
const live: DeploymentView = {
  ...superseded,
  runId: RUN,
  version: 3,
  state: "live",
  steps: steps(...WAY, ["routing", 309], ["live", 310]),
  percent: 100,
  stable: 2,
  verdict: "healthy",
  evidence: {
    requests: { canary: 51, stable: 430 },
    synthetic: { canary: 12, stable: 12 },
    errors: { canary: 0, stable: 1 },
    firstTokenP50Ms: { canary: 21.4, stable: 22.1 },
    reason: "51 requests, no more errors and no slower than version 2",
  },
  startedAt: at(286),
  updatedAt: at(310),
};
const canary: DeploymentView = {
  ...live,
  runId: "run-c9f0f895",
  version: 4,
  state: "canary",
  steps: steps(["packaging", 240], ["gating", 244], ["loading", 251], ["smoke", 254], ["ready", 255], ["canary", 256]),
  percent: 10,
  stable: 3,
  verdict: null,
  evidence: {
    requests: { canary: 22, stable: 198 },
    synthetic: { canary: 0, stable: 0 },
    errors: { canary: 1, stable: 1 },
    firstTokenP50Ms: { canary: 24.6, stable: 21.2 },
    reason: "22 of 50 requests so far",
  },
  startedAt: at(240),
  updatedAt: at(322),
};
const rolledBack: DeploymentView = {
  ...canary,
  state: "rolled_back",
  steps: [...canary.steps, { state: "rolled_back", at: at(310) }],
  percent: 0,
  verdict: "unhealthy",
  evidence: {
    requests: { canary: 20, stable: 180 },
    synthetic: { canary: 0, stable: 0 },
    errors: { canary: 12, stable: 0 },
    firstTokenP50Ms: { canary: 24.6, stable: 21.2 },
    reason: "12 of 20 requests failed, of version 3 0 of 180",
  },
  error: "12 of 20 requests failed, of version 3 0 of 180",
};
const earlierLive: DeploymentView = { ...live, steps: [], startedAt: at(-7000), updatedAt: at(-6980) };
const other: DeploymentView = {
  ...superseded,
  runId: "run-other",
  model: "wiki",
  version: 1,
  state: "failed",
  percent: 0,
  steps: steps(["packaging", -300_000], ["gating", -299_990], ["failed", -299_980]),
  gates: [{ ...GATES[0]!, state: "failed", value: 2.1 }],
  error: "deploying wiki@1: bits_per_byte is 2.1, wanted at most 1.753 bits/byte (gates_failed)",
  startedAt: at(-300_000),
  updatedAt: at(-299_980),
};

export const DEPLOYMENTS = {
  serving: [live, superseded],
  canary: [canary, earlierLive, superseded, other],
  rolledBack: [rolledBack, earlierLive, superseded],
} as const satisfies Record<string, readonly DeploymentView[]>;

function route(version: number, percent: number, requestsPerMinute: number): RouteList["routes"][number] {
  return {
    model: "handbook",
    version,
    percent,
    replicas: ["a", "b"].map((name) => ({ id: `v${version}-${name}`, state: "ready", slots: 4, busy: 1 })),
    requestsPerMinute,
    timeToFirstTokenP95Ms: requestsPerMinute === 0 ? null : 38,
  };
}

export const ROUTES = {
  canary: { routes: [route(3, 90, 38), route(4, 10, 4)] },
} as const satisfies Record<string, RouteList>;
