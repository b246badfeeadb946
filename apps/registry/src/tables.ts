import type {
  ApprovalView,
  ArtifactRef,
  BaseSummary,
  Evaluation,
  Gate,
  ModelConfig,
  NodeActivity,
  NodeChange,
  ProjectLimits,
  Role,
  RuntimeFingerprint,
  Scope,
  SearchedValues,
  TrainedAdapter,
  TrainingPoint,
  TrainingRunView,
  TrialList,
  VersionView,
} from "@millrace/contracts";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";

/** Exported for drizzle-kit, which makes the schema only when it sees it. */
export const schema = pgSchema("registry");

const project = () => text("project").notNull();
const createdAt = () => bigint("created_at", { mode: "number" }).notNull();

/** A cleaned corpus; two runs over equal documents share it. */
export const corpora = schema.table(
  "corpus",
  {
    project: project(),
    corpusHash: text("corpus_hash").notNull(),
    manifest: jsonb("manifest").$type<ArtifactRef>().notNull(),
    documents: integer("documents").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.project, table.corpusHash] })],
);

export const tokenizers = schema.table(
  "tokenizer",
  {
    project: project(),
    sha256: text("sha256").notNull(),
    tokenizer: jsonb("tokenizer").$type<ArtifactRef>().notNull(),
    vocabularySize: integer("vocabulary_size").notNull(),
    corpusHash: text("corpus_hash").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.project, table.sha256] })],
);

/** Trials of runs that search. */
export const trials = schema.table(
  "trial",
  {
    project: project(),
    /** The run that searches. */
    runId: text("run_id").notNull(),
    number: integer("number").notNull(),
    trialId: text("trial_id").notNull(),
    values: jsonb("values").$type<SearchedValues>().notNull(),
    state: text("state").$type<TrialList["trials"][number]["state"]>().notNull(),
    objective: doublePrecision("objective"),
    detail: text("detail"),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.number] })],
);

export const trainingRuns = schema.table(
  "training_run",
  {
    project: project(),
    runId: text("run_id").notNull(),
    state: text("state").$type<TrainingRunView["state"]>().notNull(),
    config: jsonb("config").$type<ModelConfig>().notNull(),
    parameters: bigint("parameters", { mode: "number" }).notNull(),
    steps: integer("steps").notNull(),
    nodes: integer("nodes").notNull(),
    settings: jsonb("settings").$type<TrainingRunView["settings"]>().notNull(),
    fingerprint: jsonb("fingerprint").$type<RuntimeFingerprint>().notNull(),
    tokenized: jsonb("tokenized").$type<ArtifactRef>().notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId] })],
);

/** The curves: one row a step that was told of. */
export const trainingPoints = schema.table(
  "training_point",
  {
    project: project(),
    runId: text("run_id").notNull(),
    step: integer("step").notNull(),
    point: jsonb("point").$type<TrainingPoint>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.step] })],
);

/** What each node did, by the step it was told at. */
export const nodeActivity = schema.table(
  "node_activity",
  {
    project: project(),
    runId: text("run_id").notNull(),
    node: text("node").notNull(),
    step: integer("step").notNull(),
    activity: jsonb("activity").$type<NodeActivity>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.node, table.step] })],
);

/** Nodes that came and went. */
export const nodeChanges = schema.table(
  "node_change",
  {
    project: project(),
    runId: text("run_id").notNull(),
    node: text("node").notNull(),
    generation: integer("generation").notNull(),
    change: text("change").$type<NodeChange["change"]>().notNull(),
    detail: jsonb("detail").$type<NodeChange>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.node, table.generation, table.change] })],
);

export const checkpoints = schema.table(
  "checkpoint",
  {
    project: project(),
    runId: text("run_id").notNull(),
    step: integer("step").notNull(),
    checkpoint: jsonb("checkpoint").$type<ArtifactRef>().notNull(),
    state: jsonb("state").$type<ArtifactRef>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.runId, table.step] })],
);

/** A name and its newest version number; the row is locked while a version is numbered. */
export const models = schema.table(
  "model",
  {
    project: project(),
    name: text("name").notNull(),
    lastVersion: integer("last_version").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);

/** What a version is made of, as it was registered. */
export interface VersionParts {
  readonly recipe: ArtifactRef;
  readonly checkpoint: ArtifactRef;
  readonly tokenizer: ArtifactRef;
  readonly corpus: ArtifactRef;
  readonly corpusHash: string;
  readonly tokenized: ArtifactRef;
  /** Absent: trained from random weights. */
  readonly base?: BaseSummary | undefined;
  readonly adapter?: TrainedAdapter | undefined;
  readonly config: ModelConfig;
  readonly evaluation: Evaluation;
  readonly exact: boolean;
  readonly partial: boolean;
}

export const versions = schema.table(
  "version",
  {
    project: project(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    runId: text("run_id").notNull(),
    state: text("state").$type<VersionView["state"]>().notNull(),
    corpusHash: text("corpus_hash").notNull(),
    exact: boolean("exact").notNull(),
    parts: jsonb("parts").$type<VersionParts>().notNull(),
    onnx: jsonb("onnx").$type<ArtifactRef>(),
    folder: jsonb("folder").$type<ArtifactRef>(),
    package: jsonb("package").$type<ArtifactRef>(),
    gates: jsonb("gates").$type<Gate[]>().notNull().default([]),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.model, table.version] }),
    // A run makes one version, however often it is asked to.
    unique().on(table.project, table.runId),
    index().on(table.project, table.corpusHash),
  ],
);

export const aliases = schema.table(
  "alias",
  {
    project: project(),
    model: text("model").notNull(),
    alias: text("alias").notNull(),
    version: integer("version").notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.model, table.alias] })],
);

/** Lineage: `from` went into `to`. Ids are hashes for artifacts, `name@version` for versions, run ids for runs. */
export const lineageNodes = schema.table(
  "lineage_node",
  { project: project(), id: text("id").notNull(), kind: text("kind").notNull(), label: text("label").notNull() },
  (table) => [primaryKey({ columns: [table.project, table.id] })],
);
export const lineageEdges = schema.table(
  "lineage_edge",
  {
    project: project(),
    from: text("from_id").notNull(),
    to: text("to_id").notNull(),
    relation: text("relation").notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.from, table.to] }), index().on(table.project, table.to)],
);

/** Every artifact that a registered thing names: what may be fetched through the registry. */
export const knownArtifacts = schema.table(
  "artifact",
  {
    project: project(),
    sha256: text("sha256").notNull(),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull(),
    mediaType: text("media_type").notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.sha256] })],
);

/** Keys of the API. What opens with a key is not kept: a hash is. */
export const apiKeys = schema.table(
  "api_key",
  {
    id: uuid("id").primaryKey(),
    project: project(),
    name: text("name").notNull(),
    role: text("role").$type<Role>().notNull(),
    scopes: jsonb("scopes").$type<Scope[]>().notNull(),
    /** SHA-256, hexadecimal. */
    hash: text("hash").notNull().unique(),
    createdAt: createdAt(),
    createdBy: text("created_by").notNull(),
    expiresAt: bigint("expires_at", { mode: "number" }),
    lastUsedAt: bigint("last_used_at", { mode: "number" }),
    revokedAt: bigint("revoked_at", { mode: "number" }),
  },
  (table) => [index().on(table.project, table.createdAt)],
);

/** Projects that somebody has made or limited. */
export const projects = schema.table("project", {
  name: text("name").primaryKey(),
  limits: jsonb("limits").$type<ProjectLimits>().notNull(),
  createdAt: createdAt(),
});

/** What was done, by whom. A trigger refuses to change or delete rows. */
export const auditLog = schema.table(
  "audit",
  {
    project: project(),
    seq: integer("seq").notNull(),
    at: bigint("at", { mode: "number" }).notNull(),
    actor: text("actor").notNull(),
    action: text("action").notNull(),
    target: text("target").notNull(),
    /** JSON as it was hashed. */
    detail: text("detail").notNull(),
    previous: text("previous").notNull(),
    hash: text("hash").notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.seq] })],
);

/** The last entry of each project's audit log: locked while one is added, and what an end that was cut off is found by. */
export const auditHeads = schema.table("audit_head", {
  project: text("project").primaryKey(),
  seq: integer("seq").notNull(),
  hash: text("hash").notNull(),
});

/** Aliases that move with the approval of a second person only. */
export const protectedAliases = schema.table(
  "protected_alias",
  { project: project(), model: text("model").notNull(), alias: text("alias").notNull() },
  (table) => [primaryKey({ columns: [table.project, table.model, table.alias] })],
);

/** Moves of protected aliases that were asked for. */
export const approvals = schema.table(
  "approval",
  {
    project: project(),
    model: text("model").notNull(),
    version: integer("version").notNull(),
    alias: text("alias").notNull(),
    /** Which time it is asked for: the deployment's attempt for `live`, else counted here. */
    attempt: integer("attempt").notNull(),
    runId: text("run_id").notNull(),
    state: text("state").$type<ApprovalView["state"]>().notNull(),
    requestedBy: text("requested_by").notNull(),
    requestedAt: bigint("requested_at", { mode: "number" }).notNull(),
    decidedBy: text("decided_by"),
    decidedAt: bigint("decided_at", { mode: "number" }),
    comment: text("comment"),
  },
  (table) => [primaryKey({ columns: [table.project, table.model, table.version, table.alias, table.attempt] })],
);
