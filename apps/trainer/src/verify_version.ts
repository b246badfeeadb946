/** Trains a version again from its recipe and tokens, and compares. */
import { BaseModel, Recipe, type RuntimeFingerprint, TokenManifest, type VersionView } from "@millrace/contracts";
import { memoryGenerations } from "./coordinator/generation_memory.ts";
import type { Checkpoint, TrainingProgress } from "./coordinator/ports.ts";
import { runTraining } from "./coordinator/run_training.ts";
import { mergedModel } from "./merged_model.ts";
import { ModelSettings } from "./model_settings.ts";
import { stagePorts } from "./model_stages.ts";
import { baseFilesOf, planJob, type PlannedJob } from "./plan_job.ts";
import { readJsonArtifact } from "./read_json_artifact.ts";
import { published } from "./train_run.ts";
import type { TrainerOptions } from "./trainer_options.ts";
import { otherRevision } from "./training_arithmetic.ts";

/** What has to be known of a version to train it again. */
export type VerifiableVersion = Pick<
  VersionView,
  "model" | "version" | "recipe" | "tokenized" | "base" | "checkpoint" | "fingerprint" | "exact" | "partial"
>;

/** How a verification ended. */
export type Verification =
  /** Trained again: `checkpoint` is the SHA-256 that came out. */
  | { readonly verdict: "same" | "different"; readonly checkpoint: string }
  /** Nothing can be said: the words say why, and what it would take. */
  | { readonly verdict: "unverifiable"; readonly reason: string };

export interface VerifyOptions {
  /** Bytes of an artifact; undefined if there is none. */
  readonly readArtifact: (sha256: string) => Promise<Uint8Array | undefined>;
  /** Nodes to train on, at most the recipe's leaves. Default: the recipe's. The answer is the same for any number. */
  readonly nodes?: number;
  /** A step was applied. */
  readonly onStep: (step: number, steps: number) => void;
  readonly log: (line: string) => void;
  readonly now: () => number;
  /** Aborting ends the verification with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Verifies a version without changing anything.
 * @throws If a training fails for a reason that has nothing to do with the version, and the reason of an aborted signal.
 */
export async function verifyVersion(
  version: VerifiableVersion,
  options: VerifyOptions,
  trainer: Pick<TrainerOptions, "listen" | "clusterSecret" | "nodesFor" | "hash">,
): Promise<Verification> {
  const name = `${version.model}@${version.version}`;
  const unverifiable = (reason: string): Verification => ({
    verdict: "unverifiable",
    reason: `verifying ${name}: ${reason}`,
  });
  if (version.partial)
    return unverifiable("a time limit ended its training, so no other run need end at the same step");
  if (!version.exact)
    return unverifiable(
      "it was trained on a graphics card, on nodes of different arithmetic or with another train.exchange than exact, which not every run repeats",
    );
  const missing = await missingFrom(version, options);
  if (missing.length > 0) return unverifiable(`missing ${missing.join(", ")}`);
  const read = { bytes: (sha256: string) => required(options, sha256) };
  const recipe = await readJsonArtifact(read, version.recipe.sha256, Recipe);
  const nodes = options.nodes ?? recipe.train.nodes;
  const tokenized = await readJsonArtifact(read, version.tokenized.sha256, TokenManifest);
  const base = version.base && (await readJsonArtifact(read, version.base.manifest.sha256, BaseModel));
  const planned = await planJob(`verify ${name}`, { ...recipe, train: { ...recipe.train, nodes } }, tokenized, base);
  if ("code" in planned) return unverifiable(planned.message);
  if (planned.origin !== undefined) {
    const { run, step } = planned.origin;
    return unverifiable(`its training went on from ${run}@${step}, and what led to that is no part of its recipe`);
  }
  const trained = await trainAgain(planned, version, base, options, trainer);
  if ("difference" in trained) return unverifiable(trained.difference);
  const same = trained.checkpoint === version.checkpoint.sha256;
  return { verdict: same ? "same" : "different", checkpoint: trained.checkpoint };
}

async function trainAgain(
  { job, train, config }: PlannedJob,
  { fingerprint: wanted }: VerifiableVersion,
  base: BaseModel | undefined,
  options: VerifyOptions,
  trainer: Pick<TrainerOptions, "listen" | "clusterSecret" | "nodesFor" | "hash">,
): Promise<{ readonly checkpoint: string } | { readonly difference: string }> {
  const { signal, log } = options;
  const stop = new AbortController();
  const end = AbortSignal.any([signal, stop.signal]);
  let difference: string | undefined;
  // A node that comes late begins at the last checkpoint.
  let last: Checkpoint | undefined;
  // Any may be the best one; they are small.
  const adapterModels = new Map<string, Uint8Array>();

  function onProgress(progress: TrainingProgress): void {
    if (progress.type === "step") options.onStep(progress.step, job.steps);
    if (progress.type !== "members" || wanted === null) return;
    const found = published(progress.fingerprint);
    difference = otherRevision(wanted, found) ?? otherRuntime(wanted, found);
    if (difference === undefined) return;
    // Not from within the coordinator's own doing.
    queueMicrotask(() => stop.abort());
  }

  const result = await runTraining(job, {
    listen: trainer.listen,
    secret: trainer.clusterSecret,
    nodes: train.nodes,
    stages: stagePorts(ModelSettings.parse(job.replica), train.pipelineStages ?? 1),
    spawnNode: trainer.nodesFor({ ...train, device: "cpu", log }),
    generation: memoryGenerations(),
    async readBlob(sha256) {
      if (sha256 === last?.resume.model) return last.model;
      return sha256 === last?.resume.state ? last.state : required(options, sha256);
    },
    hash: trainer.hash,
    onCheckpoint(checkpoint) {
      last = checkpoint;
      if (train.lora !== undefined) adapterModels.set(checkpoint.resume.model, checkpoint.model);
      return Promise.resolve();
    },
    onProgress,
    now: options.now,
    log,
    signal: end,
    deadline: end,
  });
  signal.throwIfAborted();
  if (difference !== undefined) return { difference };
  if (result.checkpoint === undefined) throw new Error(`training again: ended ${result.status} without a checkpoint`);
  const { model } = result.checkpoint;
  if (base === undefined || train.lora === undefined) return { checkpoint: model };
  const adapters = adapterModels.get(model);
  if (adapters === undefined) throw new Error(`training again: checkpoint ${model} is gone`);
  const read = (sha256: string): Promise<Uint8Array> => required(options, sha256);
  return { checkpoint: await trainer.hash(await mergedModel(base, config, train.lora, adapters, read)) };
}

/** @returns Undefined if a training comes to equal bytes there; else what differs, of what is published. */
function otherRuntime(wanted: RuntimeFingerprint, found: RuntimeFingerprint): string | undefined {
  const differing = (["runtime", "kernelClass", "probe"] as const).filter((key) => found[key] !== wanted[key]);
  if (differing.length === 0) return undefined;
  const words = differing.map((key) => `${key} ${wanted[key]}, found ${found[key]}`);
  return `equal bytes need the arithmetic it was trained with: wanted ${words.join("; ")}`;
}

/** Names the artifacts that training again needs and that are not there. */
async function missingFrom(
  { recipe, tokenized, base }: VerifiableVersion,
  { readArtifact }: VerifyOptions,
): Promise<string[]> {
  const missing: string[] = [];
  if ((await readArtifact(recipe.sha256)) === undefined) missing.push(`its recipe ${recipe.sha256}`);
  const bytes = await readArtifact(tokenized.sha256);
  if (bytes === undefined) return [...missing, `its token manifest ${tokenized.sha256}`];
  const manifest = TokenManifest.parse(JSON.parse(new TextDecoder().decode(bytes)));
  for (const part of ["train", "validation"] as const) {
    for (const [number, { tokens, marks }] of manifest[part].entries()) {
      for (const [kind, file] of Object.entries({ tokens, marks })) {
        if (file === undefined || (await readArtifact(file.sha256)) !== undefined) continue;
        missing.push(`${part} ${kind} ${number} ${file.sha256}`);
      }
    }
  }
  return [...missing, ...(base === undefined ? [] : await missingOfBase(base.manifest.sha256, readArtifact))];
}

async function missingOfBase(sha256: string, readArtifact: VerifyOptions["readArtifact"]): Promise<string[]> {
  const bytes = await readArtifact(sha256);
  if (bytes === undefined) return [`its base model ${sha256}`];
  const missing: string[] = [];
  for (const [name, address] of Object.entries(
    baseFilesOf(BaseModel.parse(JSON.parse(new TextDecoder().decode(bytes)))),
  )) {
    if ((await readArtifact(address)) === undefined) missing.push(`${name} of its base model ${address}`);
  }
  return missing;
}

async function required({ readArtifact }: VerifyOptions, sha256: string): Promise<Uint8Array> {
  const bytes = await readArtifact(sha256);
  if (bytes === undefined) throw new Error(`training again: artifact ${sha256} is gone`);
  return bytes;
}
