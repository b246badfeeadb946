/** The other services as the console finds them, from nothing yet to all gone. */
import {
  type ClusterList,
  type ClusterPair,
  type CloudEvent,
  type DeploymentView,
  type DocumentView,
  type DropReport,
  EVENTS,
  type RunView,
  type SearchResults,
  type SourceBreakdown,
  type Summary,
  type TrainingRunView,
} from "@millrace/contracts";
import {
  at,
  documents,
  dropped,
  previousRecipe,
  recipe,
  report,
  runAt,
  START_MS,
  summary,
  trainingUntil,
  version,
} from "./scene_data.ts";
import { HOME } from "./scene_home.ts";
import { ADMIN } from "./scene_admin.ts";
import { ANSWERED } from "./scene_playground.ts";
import { MONITOR } from "./scene_monitor.ts";
import { CHATTING, VERSIONS } from "./scene_versions.ts";
import { TRIALS } from "./scene_trials.ts";
import { RULES } from "./scene_rules.ts";
import { DEPLOYMENTS, ROUTES } from "./scene_rollouts.ts";

/** `canary`: served, and a newer version is tried beside. */
export type SceneName = "serving" | "canary" | "training" | "failed" | "empty" | "down";

/** Answers by path (without the query); a service without an answer says 404, one that is `undefined` as a whole is down. */
export type Scene = Readonly<Record<string, unknown>> | undefined;

/** Text that would run as script if it were ever put into a page as it is. */
export const HOSTILE = `<script>document.title="owned"</script><img src=x onerror=alert(1)> & "quotes"`;

const RUN = "run-8f14e45f";

export function sceneOf(name: SceneName): Scene {
  if (name === "down") return undefined;
  if (name === "empty") {
    return {
      ...ADMIN.empty,
      "/api/automation/runs": { runs: [] },
      "/api/inference/routes": { routes: [] },
      "/api/deployer/deployments": { deployments: [] },
      "/api/monitor/alerts": { alerts: [] },
      ...HOME.calm,
      "/api/automation/rules/firings": { firings: [] },
      ...RULES.none,
      "/api/registry/models": { models: [] },
      "/api/registry/find": { versions: [], nodes: [] },
      "/api/ingestion/search": { query: "token", runId: null, total: 0, results: [] },
    };
  }
  if (name === "training")
    return withRun(
      runAt("training"),
      report,
      { ...summary, ...UNFINISHED, state: "training", documents: withRefused(summary.documents) },
      inStages(trainingUntil(540)),
    );
  if (name === "canary")
    return {
      ...sceneOf("serving"),
      ...deployed(DEPLOYMENTS.canary),
      ...MONITOR.canary,
      ...HOME.busy,
      ...ADMIN.changed,
      ...CHATTING,
      ...RULES.some,
      "/api/inference/routes": ROUTES.canary,
    };
  if (name === "serving") return withRun(runAt("serving"), report, summary, trainingUntil(900));
  const error = "training a tokenizer: 50,000 tokens wanted, the text supports 812 (vocabulary_too_large)";
  const run = runAt("tokenizing", {
    state: "failed",
    stoppedIn: "tokenizing",
    error,
    errorCode: "vocabulary_too_large",
  });
  const stages = run.stages.map((view) =>
    view.state === "running" ? { ...view, state: "failed" as const, endedAt: at(52) } : view,
  );
  return withRun({ ...run, stages }, report, {
    ...summary,
    ...UNFINISHED,
    tokens: null,
    vocabulary: null,
    parameters: null,
    steps: null,
    nodes: null,
    state: "failed",
    stoppedIn: "tokenizing",
    error,
  });
}

/** Two conversations are not in the tokens. */
function withRefused(documents: Summary["documents"]): Summary["documents"] {
  const first = [
    { source: "talks/support.jsonl#14", reason: "Conversation roles must alternate user/assistant/user/assistant" },
    { source: "talks/support.jsonl#71", reason: `no role ${HOSTILE}` },
  ];
  return documents && { ...documents, refused: { count: 23, first } };
}

const UNFINISHED = {
  loss: null,
  bitsPerByte: null,
  verdict: null,
  model: null,
  artifacts: null,
  endpoint: null,
  samples: null,
};

function withRun(run: RunView, known: DropReport, told: Summary, training?: TrainingRunView): Scene {
  const previous = runAt("serving", {
    id: "run-1679091c",
    createdAt: at(-86_400 * 2),
    updatedAt: at(-86_400 * 2 + 280),
  });
  /** Too old to be listed. */
  const oldest = { ...previous, id: "run-0123abcd" };
  const isServed = run.state === "serving";
  return {
    ...ADMIN.full,
    "/api/automation/runs": { runs: [run, previous] },
    [`/api/automation/runs/${RUN}`]: run,
    [`/api/automation/runs/${RUN}/summary`]: told,
    [`/api/automation/runs/${RUN}/recipe`]: recipe,
    [`/api/automation/runs/${RUN}/events`]: { events: eventsOf(run) },
    [`/api/automation/runs?text=${oldest.id}`]: { runs: [oldest] },
    [`/api/automation/runs/${oldest.id}`]: oldest,
    [`/api/automation/runs/${oldest.id}/recipe`]: previousRecipe,
    [`/api/automation/runs/${oldest.id}/events`]: { events: [] },
    [`/api/ingestion/runs/${oldest.id}/report`]: { runId: oldest.id, final: true, report: known },
    [`/api/registry/runs/${oldest.id}`]: previousTraining,
    [`/api/automation/runs/${previous.id}`]: previous,
    [`/api/automation/runs/${previous.id}/recipe`]: previousRecipe,
    [`/api/ingestion/runs/${RUN}/report`]: { runId: RUN, final: true, report: known },
    [`/api/ingestion/runs/${RUN}/dropped`]: { documents: dropped, total: 41 },
    [`/api/ingestion/runs/${RUN}/documents`]: { documents, total: 861 },
    [`/api/ingestion/runs/${RUN}/clusters`]: clusters,
    [`/api/ingestion/runs/${RUN}/clusters/doc-1`]: pair,
    ...(run.state === "failed" ? {} : { [`/api/ingestion/runs/${RUN}/sources`]: sources }),
    [`/api/registry/runs/${previous.id}`]: previousTraining,
    [`/api/automation/runs/${previous.id}/summary`]: previousSummary,
    ...MONITOR.calm,
    ...HOME.calm,
    ...RULES.some,
    ...(run.state === "training" ? RULES.none : {}),
    ...(run.state === "failed" ? MONITOR.idle : {}),
    ...deployed(isServed ? DEPLOYMENTS.serving : run.state === "failed" ? DEPLOYMENTS.rolledBack : []),
    "/api/ingestion/documents/doc-1": kept,
    "/api/ingestion/documents/dropped-1": { fate: "dropped", document: dropped[0], places: [] },
    "/api/ingestion/search": search,
    "/api/feature/documents/doc-1": {
      places: [{ runId: RUN, corpusHash: "5".repeat(64), split: "train", shard: 0, from: 120_400, to: 121_190 }],
    },
    [`/api/registry/corpora/${"5".repeat(64)}/versions`]: {
      versions: isServed ? [version, { ...version, version: 2, runId: previous.id, aliases: [] }] : [],
    },
    ...(training === undefined ? {} : { [`/api/registry/runs/${RUN}`]: training }),
    ...(isServed ? { [`/api/registry/runs/${RUN}/trials`]: TRIALS } : {}),
    "/api/registry/models": { models: isServed ? [{ name: "handbook", versions: 3, latest: version }] : [] },
    "/api/registry/models/handbook/versions": { versions: isServed ? [version] : [] },
    "/api/registry/find": { versions: isServed ? [version] : [], nodes: [] },
    "/api/registry/find?text=cccccc&limit=5": {
      versions: [],
      nodes: [{ kind: "tokenizer", id: "c".repeat(64), label: "2048 tokens" }],
    },
    "/api/registry/lineage": {
      nodes: [
        { kind: "tokenizer", id: "c".repeat(64), label: "2048 tokens" },
        { kind: "run", id: previous.id, label: previous.id },
      ],
      edges: [],
    },
    "/api/inference/routes": {
      routes: [
        {
          model: "handbook",
          version: run.state === "training" ? 2 : 3,
          percent: 100,
          replicas: [{ id: "replica-1", state: "ready", slots: 4, busy: 1 }],
          requestsPerMinute: 42,
          timeToFirstTokenP95Ms: 38,
        },
      ],
    },
    ...(isServed ? { ...ANSWERED, ...VERSIONS } : {}),
  };
}

function deployed(deployments: readonly DeploymentView[]): Scene {
  return {
    "/api/deployer/deployments": { deployments },
    "POST /api/deployer/rollouts": deployments[0],
    ...Object.fromEntries(deployments.map((one) => [`/api/deployer/deployments/${one.model}/${one.version}`, one])),
  };
}

const text = `# Install the agent

Ask <EMAIL_ADDRESS> for a token, then run the installer on each host.

The agent connects to <IP_ADDRESS> on port 4222 and keeps one connection open. It needs no inbound port.

${HOSTILE}
`;
const maskAt = (mask: string, type: string) => ({
  type,
  start: text.indexOf(mask),
  end: text.indexOf(mask) + mask.length,
});
const kept: DocumentView = {
  fate: "kept",
  document: {
    id: "doc-1",
    text,
    source: "docs/install-the-agent.md",
    title: "Install the agent",
    split: "train",
    language: "en",
    licence: "CC-BY-4.0",
    redactions: [maskAt("<EMAIL_ADDRESS>", "EMAIL_ADDRESS"), maskAt("<IP_ADDRESS>", "IP_ADDRESS")],
    signals: { words: 38, duplicate_line_share: 0.02, quality: 0.83 },
    clusterSize: 3,
  },
  places: [{ runId: RUN, corpusHash: "5".repeat(64), shard: 0, from: 40_100, to: 40_910 }],
};
const search: SearchResults = {
  query: "token",
  runId: RUN,
  total: 2,
  results: [
    {
      documentId: "doc-1",
      source: "docs/install-the-agent.md",
      title: "Install the agent",
      passage: "Ask for a token, then run the installer on each host.",
      hits: [{ start: 10, end: 15 }],
      score: 3.2,
    },
    {
      documentId: "doc-2",
      source: "docs/rotate-a-key.md",
      title: null,
      passage: `A token ends when its owner leaves. ${HOSTILE}`,
      hits: [{ start: 2, end: 7 }],
      score: 2.1,
    },
  ],
};
const pair: ClusterPair = {
  representative: {
    id: "doc-1",
    source: "docs/copy-1.md",
    text: `Release notes of 4.1, as of March. The server now keeps one connection open. ${"The agent reads its settings once, when it starts. ".repeat(12)}Ask for a token first.\n\n${HOSTILE}`,
    isCut: false,
  },
  member: {
    id: "copy-1b",
    source: "docs/archive/b/copy-1.md",
    text: `Release notes of 4.1, as of April. The server keeps two connections open. ${"The agent reads its settings once, when it starts. ".repeat(12)}Ask for a key first.\n\n${HOSTILE}`,
    isCut: false,
  },
};
const amounts = (kept: number, keptBytes: number, dropped: number, droppedBytes: number) => ({
  kept: { documents: kept, bytes: keptBytes },
  dropped: { documents: dropped, bytes: droppedBytes },
});
const sources: SourceBreakdown = {
  under: "",
  entries: [
    { path: "docs", kind: "folder", ...amounts(512, 2_204_000, 143, 901_200) },
    { path: "releases", kind: "folder", ...amounts(201, 702_000, 174, 908_300) },
    { path: "guides", kind: "folder", ...amounts(140, 431_000, 11, 42_000) },
    { path: "README <b>first</b>.md", kind: "file", ...amounts(1, 9_200, 0, 0) },
    { path: "legacy", kind: "folder", ...amounts(0, 0, 9, 51_200) },
  ],
  rest: { entries: 4, ...amounts(7, 15_800, 1, 1200) },
  licences: [
    { licence: "CC-BY-4.0", documents: 652, bytes: 2_635_000 },
    { licence: null, documents: 209, bytes: 727_000 },
  ],
};
/** The same with its model in two stages. */
function inStages(training: TrainingRunView): TrainingRunView {
  const settings = { ...training.settings, pipelineStages: 2 };
  const activity = training.activity.map((one) => {
    const index = one.node === "node-1" ? 0 : 1;
    const layers = index === 0 ? { start: 0, end: 1 } : { start: 1, end: training.config.layers };
    return { ...one, stage: { index, of: 2, layers, leaves: 8, waitMs: one.computeMs * (index === 0 ? 0.16 : 0.21) } };
  });
  return { ...training, settings, activity };
}

const previousTraining: TrainingRunView = {
  ...trainingUntil(900),
  runId: "run-1679091c",
  steps: 500,
  settings: { learningRate: 0.003, leaves: 8, leafBatch: 4, warmupSteps: 30, seed: 1 },
  points: trainingUntil(500).points.map(({ loss = 0, validationLoss, ...point }) => ({
    ...point,
    loss: loss + 0.14,
    ...(validationLoss === undefined ? {} : { validationLoss: validationLoss + 0.19 }),
  })),
};
const previousSummary: Summary = {
  ...summary,
  run: "run-1679091c",
  bitsPerByte: { model: 1.82, gzip: 2.64, xzPrimed: 1.98, ngram: 1.83 },
};
const clusters: ClusterList = {
  total: 51,
  clusters: [1, 2].map((number) => ({
    representative: `doc-${number}`,
    source: `docs/copy-${number}.md`,
    savedBytes: 41_200 / number,
    copies: 2,
    members: ["a", "b"].map((letter) => ({
      id: `copy-${number}${letter}`,
      source: `docs/archive/${letter}/copy-${number}.md`,
      sizeBytes: 20_600 / number,
      excerpt: `Release notes of 4.${number}, as of ${letter === "a" ? "March" : "April"}. The server now keeps one connection open.`,
    })),
  })),
};

function id(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}

function eventsOf(run: RunView): CloudEvent[] {
  const chain: [keyof typeof EVENTS, number][] = [
    ["pipelineStart", 0],
    ["corpusCollect", 1],
    ["stageProgressed", 2],
    ["stageProgressed", 2],
    ["corpusCollected", 2],
    ["corpusClean", 5],
    ["corpusShardCleaned", 6],
    ["corpusCleaned", 6],
    ["corpusDeduplicate", 8],
    ["corpusDeduplicated", 9],
  ];
  return chain.map(([name, cause], index) => ({
    specversion: "1.0",
    id: id(index + 1),
    source: `/millrace/${EVENTS[name].emitters[0]}`,
    type: EVENTS[name].type,
    subject: run.id,
    time: new Date(START_MS + index * 4100).toISOString(),
    datacontenttype: "application/json",
    project: "default",
    correlationid: run.id,
    causationid: id(cause === 0 ? index + 1 : cause),
    data: EVENTS[name].example,
  }));
}
