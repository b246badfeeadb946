import type { LeafRange, Span, VectorMemory } from "@millrace/collective";
import type { DilocoReplica, StageLink, StepReport } from "@millrace/training";
import type { TrainingFingerprint } from "../training_arithmetic.ts";

/** One node's copy of what is trained: all that the exchange needs to know about models. */
export interface Replica {
  /** Length of a leaf's vector: the flat gradient, then its loss sum and its target count. */
  readonly vectorFloats: number;
  /**
   * The vectors that make the whole state, over shared memory; a peer's state may be written into them while nothing runs. What is trained
   * may lie elsewhere: `publishState` copies it here, `adoptState` takes it from here.
   */
  readonly state: readonly Float32Array[];
  /** Where leaves and sums are to lie, since it is there that they are added and applied fastest. */
  readonly vectorMemory: VectorMemory;
  /** Brings `state` up to date; not while a step is being applied. */
  publishState(): Promise<void>;
  /** Goes on from what was written into `state`. */
  adoptState(): Promise<void>;
  /** Steps applied to the state when it was created. */
  readonly applied: number;
  /** Leaves worth computing at once on this machine. */
  readonly concurrency: number;
  /** Where it is there, to be awaited before `computeLeaf`: what has to be done before there is a vector to write. */
  prepareLeaf?(step: number, leaf: number): Promise<void>;
  /** Of a replica that waits for others within a step: milliseconds so far in which it computed. */
  readonly busyMs?: number;
  /** The spans of a leaf's vector that each phase of its computation finishes; all of them together are a vector. Absent where leaves are whole. */
  readonly phases?: readonly (readonly Span[])[];
  /**
   * Computes gradient, loss sum (nats) and target count of one leaf of a step into `out`.
   * @param onPhase Of a replica that has phases: told of each when its spans are as they stay. Without it the leaf is computed whole.
   */
  computeLeaf(step: number, leaf: number, out: Float32Array, onPhase?: (phase: number) => void): Promise<void>;
  /**
   * Computes the sum over a part's leaves into `out`. Absent where that is no faster than leaf by leaf.
   * @param halting Asked between leaves; true abandons the rest.
   * @returns Whether all were computed.
   */
  computePart?(step: number, part: LeafRange, halting: () => boolean, out: Float32Array): Promise<boolean>;
  /** Applies the sums over all leaves of a step to the state. The sums are not changed. */
  applyStep(
    step: number,
    sums: Float32Array,
  ): Promise<Pick<StepReport, "gradientNorm" | "learningRate" | "skippedSteps">>;
  /**
   * Computes and applies a whole step without sums that others could have. Absent where that is no faster.
   * @param halting Asked between leaves; true abandons the step.
   * @returns What the step did, or undefined if it was abandoned; then the state is as it was.
   */
  stepAlone?(step: number, halting: () => boolean): Promise<StepReport | undefined>;
  /** Of a replica whose steps are rounds of steps of this node alone, and whose vectors are what a round came to. */
  readonly rounds?: Pick<
    DilocoReplica,
    "innerSteps" | "leafFloats" | "beginRound" | "innerStep" | "innerStepAlone" | "endRound"
  >;
  /** Leaves that hold all validation windows. */
  readonly validationLeaves: number;
  /** Loss sum (nats) and target count over one validation leaf; nothing of a stage that takes part in it without seeing them. */
  validateLeaf(leaf: number): Promise<{ lossSum: number; targetCount: number } | undefined>;
  /** The checkpoint of `state` after `step` applied steps. */
  exportCheckpoint(step: number): CheckpointFiles;
  close(): Promise<void>;
}

/** The two files of a checkpoint: equal state gives equal bytes, whoever writes them. */
export interface CheckpointFiles {
  /** `model.safetensors`. */
  readonly model: Uint8Array;
  /** `state.safetensors`: what else an exact resume needs. */
  readonly state: Uint8Array;
}

/** What a replica is made of. */
export interface ReplicaRequest {
  /** As in the job. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly leaves: number;
  readonly steps: number;
  /** Verified bytes of the job's blobs, by name. */
  readonly blobs: Readonly<Record<string, Uint8Array>>;
  readonly resume?: CheckpointFiles & { readonly step: number };
  /** Which part of the model it is of, and how it reaches the others; absent: of all of it. */
  readonly stage?: { readonly index: number; readonly of: number; readonly link: StageLink };
}

/** Makes replicas on this machine. */
export interface ReplicaFactory {
  /** What identifies the arithmetic here; nodes of one run must agree. */
  fingerprint(): Promise<TrainingFingerprint>;
  create(request: ReplicaRequest): Promise<Replica>;
  /**
   * Multiplications and additions a second that matrix products reach here, as many at once as a replica computes leaves; undefined on a
   * graphics card, where a driver that computes on the processor would take minutes.
   */
  productRate(): Promise<number | undefined>;
  /** Releases what all replicas share. */
  close(): Promise<void>;
}
