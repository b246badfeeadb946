/** The columns of each list, as its page shows them, with the ids that lead back to the page. */
import type {
  ClusterList,
  CloudEvent,
  DeploymentView,
  DocumentSummary,
  DroppedDocument,
  LineageEdge,
  RunView,
  SearchResults,
  TrialList,
  VersionView,
} from "@millrace/contracts";
import { currentStage } from "../run_state.ts";
import type { VersionFile } from "../version_files.ts";
import type { Columns } from "./table.ts";

export const RUNS: Columns<RunView> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  state: ({ state }) => state,
  stage: (run) => currentStage(run)?.stage,
  attempt: ({ attempt }) => attempt,
  createdAt: ({ createdAt }) => createdAt,
  updatedAt: ({ updatedAt }) => updatedAt,
  error: ({ error }) => error,
};

export const DOCUMENTS: Columns<DocumentSummary> = {
  id: ({ id }) => id,
  title: ({ title }) => title,
  source: ({ source }) => source,
  split: ({ split }) => split,
  language: ({ language }) => language,
  masks: ({ redactions }) => redactions,
  sizeBytes: ({ sizeBytes }) => sizeBytes,
};

/** One line a reason: a document may have been left out for several, or for one that its stage tells. */
export interface DroppedFor {
  readonly document: DroppedDocument;
  readonly reason: DroppedDocument["reasons"][number] | undefined;
}
export const DROPPED: Columns<DroppedFor> = {
  id: ({ document }) => document.id,
  source: ({ document }) => document.source,
  title: ({ document }) => document.title,
  sizeBytes: ({ document }) => document.sizeBytes,
  stage: ({ document }) => document.stage,
  reason: ({ reason }) => reason?.code,
  signal: ({ reason }) => reason?.signal,
  value: ({ reason }) => reason?.value,
  limit: ({ reason }) => reason?.threshold,
  detail: ({ reason }) => reason?.detail,
  excerpt: ({ document }) => document.excerpt,
};

/** One line a document that another stands for. */
export interface Duplicate {
  readonly cluster: ClusterList["clusters"][number];
  readonly member: ClusterList["clusters"][number]["members"][number];
}
export const DUPLICATES: Columns<Duplicate> = {
  standsForIt: ({ cluster }) => cluster.representative,
  standsForItSource: ({ cluster }) => cluster.source,
  clusterSavedBytes: ({ cluster }) => cluster.savedBytes,
  id: ({ member }) => member.id,
  source: ({ member }) => member.source,
  sizeBytes: ({ member }) => member.sizeBytes,
  excerpt: ({ member }) => member.excerpt,
};

export const EVENTS_OF_RUN: Columns<CloudEvent> = {
  time: ({ time }) => time,
  type: ({ type }) => type,
  source: ({ source }) => source,
  id: ({ id }) => id,
  cause: ({ causationid }) => causationid,
  data: ({ data }) => JSON.stringify(data),
};

export const PASSAGES: Columns<SearchResults["results"][number]> = {
  documentId: ({ documentId }) => documentId,
  title: ({ title }) => title,
  source: ({ source }) => source,
  passage: ({ passage }) => passage,
  score: ({ score }) => score,
};

export const VERSION_FILES: Columns<VersionFile> = {
  file: ({ name }) => name,
  about: ({ about }) => about,
  sizeBytes: ({ sizeBytes }) => sizeBytes,
  sha256: ({ sha256 }) => sha256,
};

export const LINEAGE: Columns<LineageEdge> = {
  from: ({ from }) => from,
  to: ({ to }) => to,
  relation: ({ relation }) => relation,
};

export const DEPLOYMENTS: Columns<DeploymentView> = {
  model: ({ model }) => model,
  version: ({ version }) => version,
  state: ({ state }) => state,
  percent: ({ percent }) => percent,
  gates: ({ gates }) => gates.map(({ name, state }) => `${name} ${state}`).join(", "),
  stable: ({ stable }) => stable,
  verdict: ({ verdict }) => verdict,
  canaryRequests: ({ evidence }) => evidence?.requests.canary,
  canaryErrors: ({ evidence }) => evidence?.errors.canary,
  reason: ({ error, evidence }) => error ?? evidence?.reason,
  runId: ({ runId }) => runId,
  startedAt: ({ startedAt }) => startedAt,
  updatedAt: ({ updatedAt }) => updatedAt,
};

export const VERSIONS: Columns<VersionView> = {
  model: ({ model }) => model,
  version: ({ version }) => version,
  state: ({ state }) => state,
  aliases: ({ aliases }) => aliases.join(" "),
  bitsPerByte: ({ evaluation }) => evaluation.bitsPerByte.model,
  gzipBitsPerByte: ({ evaluation }) => evaluation.bitsPerByte.gzip,
  verdict: ({ evaluation }) => evaluation.verdict,
  exact: ({ exact }) => exact,
  runId: ({ runId }) => runId,
  checkpoint: ({ checkpoint }) => checkpoint.sha256,
  createdAt: ({ createdAt }) => createdAt,
};

export const TRIALS: Columns<TrialList["trials"][number]> = {
  number: ({ number }) => number,
  trialId: ({ trialId }) => trialId,
  state: ({ state }) => state,
  objective: ({ objective }) => objective,
  lastValidation: ({ validations }) => validations.at(-1)?.loss,
  lastStep: ({ validations }) => validations.at(-1)?.step,
  values: ({ values }) => JSON.stringify(values),
  detail: ({ detail }) => detail,
};
