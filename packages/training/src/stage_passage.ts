/** A stage at work: what arrives is taken on, forward and back. Legend: N rows, D width. */
import type { Executor, Session, TensorView } from "@millrace/execution";
import {
  hasDropout,
  type ModelConfig,
  passageParameters,
  type ReadParameters,
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
  /** Flat vector of the stage's layout, where adapters are trained beside it. */
  readonly base: Float32Array | undefined;
  /** Computations at once. */
  readonly concurrency: number;
  readonly clock: WorkClock;
}

/** Parameters that a graph reads: those that stay from where they lie, those that are trained from one of their vectors. */
export function feedsOf(
  { fixed, trained }: ReadParameters,
  base: StageParts["base"],
  vector: Float32Array,
): Record<string, TensorView> {
  return { ...(base && viewsOf(fixed, base, "")), ...viewsOf(trained, vector, "") };
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
  /** The way back, if there is something to be found on it: writes gradients into `out`, after zeros into its gaps. */
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
  base,
  concurrency,
  clock,
}: StageParts): Promise<Passage> {
  const { leafBatch: batch, leafThreads: threads, seed } = training;
  const draws = hasDropout(config);
  const open = (model: Uint8Array): Promise<Session> => executor.createSession(model, { threads });
  const forward = await open(stageForwardGraph(config, stage, { batch, draws }).model);
  const plain = draws ? await open(stageForwardGraph(config, stage, { batch, draws: false }).model) : forward;
  const wayBack = stageBackwardGraph(config, stage, { batch, draws });
  const backward = wayBack && (await open(wayBack.model));
  const gate = createComputeGate(concurrency, clock);
  const parameters = passageParameters(config, stage);
  const trained = feedsOf(parameters, base, vectors.state.parameters);
  const served = feedsOf(parameters, base, vectors.served);
  const size = vectorSize(stage.trained);
  const gaps = gapsOf(stage.trained, size);
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
      if (backward === undefined) return;
      const feeds = { ...trained, ...fed, ...draw(step, leaf) };
      const found = { ...viewsOf(parameters.trained, out, "grad."), ...fetches };
      await gate.run(BACKWARD, () => backward.run(feeds, found));
    },
    async release() {
      await Promise.all([...new Set([forward, plain, backward])].map((session) => session?.release()));
    },
  };
}
