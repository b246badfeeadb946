import type { Hash } from "../hash.ts";
import type { Listen } from "@millrace/collective";
import type { CheckpointFiles } from "../node/replica.ts";
import type { Resume, TrainingJob, Validation } from "../training_job.ts";
import type { TrainingFingerprint } from "../training_arithmetic.ts";

/** A node process that the coordinator asked for. */
export interface NodeHandle {
  /** Ends it at once, also when it hangs. */
  kill(): void;
  /** Resolves when it has ended, with how, for messages. */
  readonly exited: Promise<string>;
}

/** Holds the generation of runs: advanced by compare-and-set, so that a superseded coordinator finds out. */
export interface GenerationStore {
  /** The generation of a run; 0 before the first. */
  current(run: string): Promise<number>;
  /** Sets the generation to `expected + 1` if it is `expected`; gives the new one, or undefined on conflict. */
  advance(run: string, expected: number): Promise<number | undefined>;
}

/** A whole checkpoint, given to be stored. `resume` has the addresses of its two files, and is what a later run goes on from. */
export interface Checkpoint {
  readonly resume: Resume;
  readonly model: Uint8Array;
  readonly state: Uint8Array;
}

/** What one node spent on a step: milliseconds, and bytes that it sent to other nodes since the step before. */
export interface NodeStep {
  readonly node: string;
  readonly computeMs: number;
  readonly exchangeMs: number;
  readonly applyMs: number;
  readonly idleMs: number;
  readonly sentBytes: number;
  /** Of a node that has a stage of the model. */
  readonly stage?: StageStep | undefined;
}

/** A stage's part in a step. */
export interface StageStep {
  readonly index: number;
  readonly of: number;
  /** Micro-batches that its pipeline computed. */
  readonly leaves: number;
  /** Part of computing and applying that was waiting for other stages. */
  readonly waitMs: number;
}

/** A node that takes too long. */
export interface Straggler {
  readonly node: string;
  /** Time of one of its leaves over the median of the times of the others, or of those with the same stage. */
  readonly ratio: number;
}

/** What a watcher of a run is told. */
export type TrainingProgress =
  | {
      readonly type: "step";
      /** Steps applied. */
      readonly step: number;
      /** Mean training loss of the step, nats a token. */
      readonly loss: number;
      readonly tokens: number;
      /** Norm of the mean gradient, before clipping. */
      readonly gradientNorm: number;
      readonly learningRate: number;
      /** Steps that loss scaling has skipped until then. Absent: there is none. */
      readonly skippedSteps?: number;
      readonly nodes: readonly NodeStep[];
      /** Multiplications and additions a second that plain matrix products reach on the nodes together; absent if one has not said. */
      readonly productRate?: number;
    }
  | ({ readonly type: "validation" } & Validation)
  | {
      readonly type: "members";
      readonly generation: number;
      readonly step: number;
      readonly members: readonly string[];
      /** Arithmetic of the run. */
      readonly fingerprint: TrainingFingerprint;
    }
  | { readonly type: "lost"; readonly node: string; readonly reason: string }
  /** A node holds the others up. */
  | ({ readonly type: "slow" } & Straggler);

/** A model that is cut into stages, as far as a coordinator has to know it. */
export interface StagePorts {
  /** At least 2. */
  readonly count: number;
  /** Blobs of the job that a stage needs as they are. */
  blobsOf(stage: number, blobs: TrainingJob["blobs"]): TrainingJob["blobs"];
  /** What a stage needs a part of; absent: nothing. */
  readonly base?: StageBase | undefined;
  /** Puts the stages' checkpoints together. */
  join(pieces: readonly CheckpointFiles[]): CheckpointFiles;
  /** Cuts a stage's piece out of a checkpoint. */
  cut(stage: number, whole: CheckpointFiles): CheckpointFiles;
}

/** A model that the stages begin with, and that is among the job's blobs as a whole. */
export interface StageBase {
  /** What a stage's part is called among its blobs. */
  readonly blob: string;
  /** Whether stages need it beside what they train, and so where they go on from a checkpoint too. */
  readonly isFrozen: boolean;
  /** Cuts it into the stages' parts. @param read Reads a blob of the job. */
  cut(blobs: TrainingJob["blobs"], read: (sha256: string) => Promise<Uint8Array>): Promise<readonly Uint8Array[]>;
}

/** What the coordinator of a run needs. */
export interface CoordinatorPorts {
  readonly listen: Listen;
  /** Address to listen on; nodes must reach it (default 127.0.0.1). */
  readonly host?: string;
  /** The cluster secret. */
  readonly secret: string;
  /** Number of nodes to start with and to keep up: 1 to the job's leaves, or so many times the number of stages. */
  readonly nodes: number;
  /** Each node has one stage of the model. Absent: all of it. */
  readonly stages?: StagePorts | undefined;
  /** Starts a node that joins under `name` at the coordinator's address. */
  spawnNode(name: string, address: { readonly host: string; readonly port: number }): NodeHandle;
  readonly generation: GenerationStore;
  /** Bytes of an address: the job's blobs, and what `onCheckpoint` was given before. */
  readBlob(sha256: string): Promise<Uint8Array>;
  readonly hash: Hash;
  /** Stores a checkpoint; the run goes on when it resolves. */
  onCheckpoint(checkpoint: Checkpoint): Promise<void>;
  onProgress(progress: TrainingProgress): void;
  /** Accept nodes whose arithmetic differs; the result is then marked inexact. */
  readonly allowInexact?: boolean;
  /** Milliseconds from any fixed origin. */
  now(): number;
  log(message: string): void;
  /** Aborting ends the run after one last checkpoint. */
  readonly signal?: AbortSignal;
  /** Aborting ends a run that `signal` has begun to end: at once, with whatever checkpoint it has. */
  readonly deadline?: AbortSignal;
}

/** How a run ended. */
export interface TrainingResult {
  readonly status: "finished" | "stopped early" | "cancelled";
  /** Steps applied. */
  readonly step: number;
  /** The checkpoint that is the result: of the best validation if the job has patience, else the last. Absent if cancelled before any. */
  readonly checkpoint?: Resume;
  readonly validations: readonly Validation[];
  /** Arithmetic of the run; absent if the job names none and no node ever joined. */
  readonly fingerprint?: TrainingFingerprint;
  /** Whether all nodes had the same arithmetic, so that the same job gives the same bytes. */
  readonly exact: boolean;
}
