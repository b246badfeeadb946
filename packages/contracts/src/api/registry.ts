/** `/api/registry`: corpora, tokenizers, training runs, models, versions, aliases, lineage. */
import { z } from "zod";
import { ArtifactRef, Sha256 } from "../artifact.ts";
import { BaseSummary, TrainedAdapter } from "../formats/base_model.ts";
import { SearchedValues } from "../recipe_search.ts";
import { NodeActivity, NodeChange, TrainingPoint } from "../formats/metrics.ts";
import { Evaluation, Gate, ModelConfig, RuntimeFingerprint } from "../formats/model.ts";

const count = z.number().int().nonnegative();

/** `GET /api/registry/runs/:run`: a training run with its curves. `?points=<2..5000>` downsamples (min and max of each bucket are kept). */
export const TrainingRunView = z.strictObject({
  runId: z.string(),
  state: z.enum(["running", "completed", "failed"]),
  config: ModelConfig,
  parameters: count,
  steps: count,
  nodes: count,
  settings: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  fingerprint: RuntimeFingerprint,
  tokenized: ArtifactRef,
  points: z.array(TrainingPoint),
  activity: z.array(NodeActivity),
  changes: z.array(NodeChange),
  checkpoints: z.array(z.strictObject({ step: count, checkpoint: ArtifactRef })),
});
export type TrainingRunView = z.infer<typeof TrainingRunView>;

/** `GET /api/registry/runs/:run/trials`: the trials of a run's search, in the order of their numbers; none where it searches nothing. */
export const TrialList = z.strictObject({
  trials: z.array(
    z.strictObject({
      number: count,
      /** Its own training run. */
      trialId: z.string(),
      values: SearchedValues,
      state: z.enum(["running", "completed", "stopped", "failed"]),
      /** Validation loss in nats a token; null unless it completed. */
      objective: z.number().nullable(),
      detail: z.string().nullable(),
      validations: z.array(z.strictObject({ step: count, loss: z.number() })),
    }),
  ),
});
export type TrialList = z.infer<typeof TrialList>;

export const VersionView = z.strictObject({
  model: z.string(),
  version: z.number().int().positive(),
  runId: z.string(),
  createdAt: z.iso.datetime(),
  aliases: z.array(z.string()),
  state: z.enum(["registered", "packaged", "deployed", "rolled_back"]),
  recipe: ArtifactRef,
  checkpoint: ArtifactRef,
  tokenizer: ArtifactRef,
  corpus: ArtifactRef,
  corpusHash: Sha256,
  tokenized: ArtifactRef,
  /** Absent: trained from random weights. */
  base: BaseSummary.optional(),
  /** What was trained, where it was not the whole model. */
  adapter: TrainedAdapter.optional(),
  onnx: ArtifactRef.nullable(),
  folder: ArtifactRef.nullable(),
  package: ArtifactRef.nullable(),
  config: ModelConfig,
  evaluation: Evaluation,
  /** Empty until the version was about to be deployed. */
  gates: z.array(Gate),
  fingerprint: RuntimeFingerprint.nullable(),
  exact: z.boolean(),
  partial: z.boolean(),
});
export type VersionView = z.infer<typeof VersionView>;

/** `GET /api/registry/models`. */
export const ModelList = z.strictObject({
  models: z.array(z.strictObject({ name: z.string(), versions: count, latest: VersionView })),
});
export type ModelList = z.infer<typeof ModelList>;
/** `GET /api/registry/models/:name/versions` and `…/versions/:version` (number or alias). */
export const VersionList = z.strictObject({ versions: z.array(VersionView) });
export type VersionList = z.infer<typeof VersionList>;

/** A node of the lineage graph. */
export const LineageNode = z.strictObject({
  kind: z.enum(["run", "corpus", "tokenizer", "tokenized", "checkpoint", "version", "package", "base"]),
  /** Hash for artifacts, `name@version` for versions, id for runs. */
  id: z.string(),
  label: z.string(),
});
export type LineageNode = z.infer<typeof LineageNode>;
/** `to` was made of `from`; the relation is said of `to`: a corpus (`to`) is "made by" a run (`from`). */
export const LineageEdge = z.strictObject({ from: z.string(), to: z.string(), relation: z.string() });
export type LineageEdge = z.infer<typeof LineageEdge>;
/** `GET /api/registry/lineage?id=<node id>`: everything that led to it and all that came of it. */
export const Lineage = z.strictObject({ nodes: z.array(LineageNode), edges: z.array(LineageEdge) });
export type Lineage = z.infer<typeof Lineage>;

/**
 * `GET /api/registry/find?text=<1..200 characters>&limit=<1..50>`: versions whose name (`model@version` or `model@alias`) holds the text, or
 * that are made of an artifact whose hash begins with it; nodes of the lineage whose id begins with it. Newest versions first.
 */
export const RegistryFindings = z.strictObject({ versions: z.array(VersionView), nodes: z.array(LineageNode) });
export type RegistryFindings = z.infer<typeof RegistryFindings>;

/** `GET /api/registry/corpora/:hash/versions`: the versions whose training saw this corpus (a VersionList). */
/** `PUT /api/registry/models/:name/aliases/:alias` with a version; names: `^[\w-]{1,255}$`, not `latest`, not `v<digits>`. */
export const SetAlias = z.strictObject({ version: z.number().int().positive() });
export type SetAlias = z.infer<typeof SetAlias>;
/** `GET /api/registry/artifacts/:sha256`: verified bytes of an artifact that the registry knows in this project. */
