/** What a replica is made from and what it does, whether its vectors lie in the memory of this process or of a device. */
import type { LeafRange, Span, VectorMemory } from "@millrace/collective";
import type { Executor } from "@millrace/execution";
import type { AdapterConfig, ModelConfig, Parameter } from "@millrace/transformer";
import type { Checkpoint } from "./checkpoint.ts";
import type { LossSum } from "./loss_sum.ts";
import type { StepReport } from "./step_scale.ts";
import type { TokenStream } from "./token_stream.ts";
import type { TrainingConfig } from "./training_config.ts";
import type { TokenMarks } from "./validation_windows.ts";

export interface ReplicaOptions {
  /** Runs the graphs; it is not closed with the replica. */
  readonly executor: Executor;
  readonly config: ModelConfig;
  readonly training: TrainingConfig;
  /** Training tokens, each document preceded by `endOfText`. */
  readonly tokens: TokenStream;
  readonly validation: {
    /** Validation tokens, beginning with `endOfText`; may be empty. */
    readonly tokens: TokenStream;
    readonly endOfText: number;
  };
  /** Bytes beside the tokens of training and validation, of corpora with conversations: see `TOKEN_MARKS`. */
  readonly marks?: { readonly training: TokenMarks; readonly validation: TokenMarks };
  /** Leaves to be computed at once: the cores of this node over `leafThreads`. Changes no result. */
  readonly concurrency: number;
  /** Parameters that training begins with: a flat vector of this configuration. Default: random ones. */
  readonly initial?: Float32Array;
  /** Trains these in place of the parameters: `initial`, which is then wanted and read in place, stays as it is. State, gradients and checkpoints are of the adapters alone. */
  readonly adapters?: AdapterConfig | undefined;
  /** Whether a leaf's way back computes blocks again rather than keeping what they computed. Changes no result. Default: where the leaves at once would keep more than half a GiB. */
  readonly recompute?: boolean | undefined;
  /** Phases of a leaf that is computed in some: see `Replica.phases`. At most one a block. Changes no result. Default: 1 to 4, of 4 MiB at least. */
  readonly phases?: number | undefined;
  /** Where to go on; without it training begins at step 0. */
  readonly resume?: { readonly model: Uint8Array; readonly state: Uint8Array };
}

export interface Replica {
  readonly layout: readonly Parameter[];
  /** Length of a leaf's vector: the flat gradient, the loss sum in nats, the target count. */
  readonly vectorFloats: number;
  /**
   * Parameters, the optimiser's memory, the moving average if there is one: over shared memory where the executor can use it. A peer's may
   * be copied into them while nothing runs. An executor with memory of its own computes on copies: see `publishState`.
   */
  readonly state: readonly Float32Array[];
  /** Where leaves and sums are to lie, since it is there that they are added and applied fastest. */
  readonly vectorMemory: VectorMemory;
  /** Steps that had been applied to the state when it was created or resumed. */
  readonly applied: number;
  readonly concurrency: number;
  /** Leaves that hold all validation windows, in an order that makes the first few a fair sample. */
  readonly validationLeaves: number;
  /** The spans of a leaf's vector that each phase of its computation finishes; all of them together are a vector. Absent where leaves are whole. */
  readonly phases?: readonly (readonly Span[])[];
  /**
   * Computes one leaf of a step. Up to `concurrency` may be under way at once.
   * @param out Overwritten; length `vectorFloats`.
   * @param onPhase Of a replica that has phases: told of each when its spans are as they stay. Without it the leaf is computed whole, to the same bits.
   */
  computeLeaf(step: number, leaf: number, out: Float32Array, onPhase?: (phase: number) => void): Promise<void>;
  /**
   * Computes the sum over several leaves of a step. Absent where that is no faster than each of them by itself.
   * @param halting Asked between leaves; true abandons the rest.
   * @param out Overwritten; length `vectorFloats`.
   * @returns Whether all were computed.
   */
  computePart?(step: number, part: LeafRange, halting: () => boolean, out: Float32Array): Promise<boolean>;
  /**
   * Applies the sums over all leaves: divides by the target count, clips, and updates the state. A rejection leaves the state as
   * it was unless the executor failed on the way.
   * @param step 0-based number of the step.
   * @param sums Length `vectorFloats`; not changed.
   * @throws {NonFiniteGradientError} If the gradient is not finite, naming the step and what was the first, in the order of the computation, that was not: a parameter, the output of a block, the scores, the loss or a gradient. Where that is not found in the first leaves, or not looked for as on a device: the first parameter whose gradient is not. Under loss scaling the step is skipped instead.
   * @throws {Error} If no target was counted.
   */
  applyStep(step: number, sums: Float32Array): Promise<StepReport>;
  /** Scores one leaf of the validation windows. */
  validateLeaf(leaf: number): Promise<LossSum>;
  /** Brings `state` up to date. Not while a step is being applied. */
  publishState(): Promise<void>;
  /** Goes on from what was copied into `state`. */
  adoptState(): Promise<void>;
  /**
   * Makes a whole step whose vectors never leave the device. Absent where there is no device: then leaves and sums cost nothing to reach.
   * @param halting Asked between leaves; true abandons the step.
   * @param parts Leaves that it is of; default all.
   * @returns The report, or undefined if the step was abandoned; then the state is as it was.
   * @throws What `applyStep` throws.
   */
  stepAlone?(step: number, halting: () => boolean, parts?: readonly LeafRange[]): Promise<StepReport | undefined>;
  /**
   * Writes the checkpoint of `state`. Not while a step is being applied.
   * @param applied Steps that have been applied to the state.
   */
  exportCheckpoint(applied: number): Checkpoint;
  /** Releases the sessions. */
  close(): Promise<void>;
}
