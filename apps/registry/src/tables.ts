import type {
  ArtifactRef,
  Evaluation,
  Gate,
  ModelConfig,
  NodeActivity,
  NodeChange,
  RuntimeFingerprint,
  TrainingPoint,
  TrainingRunView,
  VersionView,
} from "@millrace/contracts";
import { bigint, boolean, index, integer, jsonb, pgSchema, primaryKey, text, unique } from "drizzle-orm/pg-core";

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
