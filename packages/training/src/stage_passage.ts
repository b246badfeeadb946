/** A stage at work: what arrives is taken on, forward and back. Legend: N rows, D width. */
import type { Executor, Session, TensorView } from "@millrace/execution";
import {
  hasDropout,
  type ModelConfig,
  passageParameters,
  type Stage,
  stageBackwardGraph,
  stageForwardGraph,
  vectorSize,
} from "@millrace/transformer";
import { type ComputeGate, createComputeGate } from "./compute_gate.ts";
import type { StageLink } from "./stage_link.ts";
import type { LossSum } from "./loss_sum.ts";
import type { TrainedVectors } from "./trained_vectors.ts";
import type { TrainingConfig } from "./training_config.ts";
import { gapsOf, viewsOf } from "./vector_views.ts";
import type { WorkClock } from "./work_clock.ts";

/** What is on its way back frees memory, what is on its way forward takes some. */
export const [FORWARD, BACKWARD] = [0, 1] as const;

/** What a stage does for a leaf. */
export interface StageWork {
  prepareLeaf(step: number, leaf: number): Promise<void>;
  computeLeaf(step: number, leaf: number, out: Float32Array): Promise<void>;
  validateLeaf(leaf: number): Promise<LossSum | undefined>;
  release(): Promise<void>;
}

/** What stages are opened with. */
export interface StageParts {
  readonly executor: Executor;
  readonly config: ModelConfig;
  readonly training: TrainingConfig;
  readonly stage: Stage;
  readonly link: StageLink;
  readonly vectors: TrainedVectors;
  /** Computations at once. */
  readonly concurrency: number;
  readonly clock: WorkClock;
}

/** The graphs of a stage's way, with its parameters. */
export interface Passage {
  readonly gate: ComputeGate;
  /** Length of the stage's flat vector. */
  readonly size: number;
  /** N D. */
  readonly rowFloats: number;
  /** Rows of the residual stream as an operand. */
  rows(data: Float32Array): TensorView;
  /** The way forward of a training leaf; `fed` is what arrived. */
  forward(step: number, leaf: number, fed: Record<string, TensorView>): Promise<Float32Array>;
  /** The same without dropout, with the parameters that are served. */
  validate(fed: Record<string, TensorView>): Promise<Float32Array>;
  /** The way back: writes gradients into `out`, after zeros into its gaps. */
  backward(
    step: number,
    leaf: number,
    fed: Record<string, TensorView>,
    out: Float32Array,
    fetches?: Record<string, TensorView>,
  ): Promise<void>;
  release(): Promise<void>;
}

/** Opens the graphs. */
export async function openPassage({
  executor,
  config,
  training,
  stage,
  vectors,
  concurrency,
  clock,
}: StageParts): Promise<Passage> {
  const { leafBatch: batch, leafThreads: threads, seed } = training;
  const draws = hasDropout(config);
  const open = (model: Uint8Array): Promise<Session> => executor.createSession(model, { threads });
  const forward = await open(stageForwardGraph(config, stage, { batch, draws }).model);
  const plain = draws ? await open(stageForwardGraph(config, stage, { batch, draws: false }).model) : forward;
  const backward = await open(stageBackwardGraph(config, stage, { batch, draws }).model);
  const gate = createComputeGate(concurrency, clock);
  const parameters = passageParameters(config, stage);
  const trained = viewsOf(parameters, vectors.state.parameters, "");
  const served = viewsOf(parameters, vectors.served, "");
  const size = vectorSize(stage.layout);
  const gaps = gapsOf(stage.layout, size);
  const rowFloats = batch * config.contextLength * config.width;
  const rows = (data: Float32Array): TensorView => ({ data, shape: [batch * config.contextLength, config.width] });
  const draw = (step: number, leaf: number): Record<string, TensorView> =>
    draws ? { draw: { data: Int32Array.of(seed, step, leaf), shape: [3] } } : {};
  const run = async (session: Session, feeds: Record<string, TensorView>): Promise<Float32Array> => {
    const given = new Float32Array(rowFloats);
    await gate.run(FORWARD, () => session.run(feeds, { given: rows(given) }));
    return given;
  };
  return {
    gate,
    size,
    rowFloats,
    rows,
    forward: (step, leaf, fed) => run(forward, { ...trained, ...fed, ...draw(step, leaf) }),
    validate: (fed) => run(plain, { ...served, ...fed }),
    async backward(step, leaf, fed, out, fetches = {}) {
      for (const [start, end] of gaps) out.fill(0, start, end);
      const feeds = { ...trained, ...fed, ...draw(step, leaf) };
      await gate.run(BACKWARD, () => backward.run(feeds, { ...viewsOf(parameters, out, "grad."), ...fetches }));
    },
    async release() {
      await Promise.all([...new Set([forward, plain, backward])].map((session) => session.release()));
    },
  };
}
