import type { TrainingProgress, TrainingResult } from "../coordinator/ports.ts";
import type { Resume, TrainingJob } from "../training_job.ts";
import type { Cable } from "./network_cable.ts";

/** What a coordinator that may be killed is told first. */
export interface ChaosRequest {
  readonly job: TrainingJob;
  readonly nodes: number;
  readonly stages: number;
  /** Holds the blobs of the job, and takes the checkpoints. */
  readonly folder: string;
  /** What `FAR_NODE` is to be started beyond. */
  readonly cable?: Pick<Cable, "here" | "there" | "space"> | undefined;
}

/** Later: one more node is to join, under this name. */
export interface ChaosJoin {
  readonly join: string;
}

/** What it tells. */
export type ChaosReport =
  | { readonly type: "started"; readonly node: string; readonly pid: number }
  | { readonly type: "progress"; readonly progress: TrainingProgress }
  | { readonly type: "checkpoint"; readonly resume: Resume }
  | { readonly type: "result"; readonly result: TrainingResult };

/** The node beyond the cable, where there is one. */
export const FAR_NODE = "node-1";
