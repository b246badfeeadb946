/** Runs the graphs that compute a leaf: one of the whole, or one a phase, between which what is finished can travel. */
import type { Span } from "@millrace/collective";
import { elementArray, type BoundRun, type Executor, type Session, type TensorView } from "@millrace/execution";
import {
  type BatchOptions,
  type Graph,
  hasDropout,
  type ModelConfig,
  type Parameter,
  phaseOf,
  trainingGraph,
  trainingPhases,
  vectorSize,
} from "@millrace/transformer";
import { type TokenBatch, tokenBatch } from "./token_stream.ts";
import { gapsOf, lossViews, viewsOf } from "./vector_views.ts";

/** What leaves are computed with. */
export interface LeafRunsOptions {
  readonly executor: Executor;
  readonly config: ModelConfig;
  readonly batch: BatchOptions;
  /** Threads of a leaf. */
  readonly threads: number;
  /** Of the vectors that are written. */
  readonly layout: readonly Parameter[];
  /** Parameters and what else graphs read of every leaf, by the names of their inputs. */
  readonly fed: Readonly<Record<string, TensorView>>;
  /** At most one a block; 1 where leaves are always whole. */
  readonly phases: number;
}

/** The leaves of one replica. */
export interface LeafRuns {
  /** The spans of a vector that each phase finishes; all of them together are a vector. */
  readonly phases: readonly (readonly Span[])[];
  /**
   * Computes a leaf.
   * @param out Gradient, loss sum and target count; overwritten.
   * @param fill Writes the rows of tokens, and seed, step and leaf, of which dropout draws.
   * @param onPhase Told of each phase when it is finished. Without it the leaf is computed whole, which takes less memory.
   */
  compute(
    out: Float32Array,
    fill: (rows: TokenBatch, draw: Int32Array) => void,
    onPhase?: (phase: number) => void,
  ): Promise<void>;
  release(): Promise<void>;
}

/** Graphs with what they read and write. */
interface BoundLeaf {
  readonly rows: TokenBatch;
  readonly draw: Int32Array;
  /** Where graphs write: the leaf's vector, or a copy for an executor that cannot write memory which threads share. */
  readonly written: Float32Array;
  readonly runs: readonly BoundRun[];
}

/** What phases of a leaf hand on to each other. */
interface Handover {
  readonly views: Readonly<Record<string, TensorView>>;
  // Leaves are computed into the same few vectors again and again.
  readonly bound: WeakMap<Float32Array, BoundLeaf>;
}

/**
 * Opens the graph of the whole leaf; those of phases are opened when they are first asked for, and with more phases than blocks refused then.
 * @throws {RangeError} If the configuration or the batch is not valid.
 */
export async function openLeafRuns(options: LeafRunsOptions): Promise<LeafRuns> {
  const { executor, config, batch, threads, layout, fed } = options;
  const size = vectorSize(layout);
  const gaps = gapsOf(layout, size);
  const openGraph = ({ model }: Graph): Promise<Session> =>
    executor.createSession(model, { threads, takesTurns: true });
  const whole = await openGraph(trainingGraph(config, batch));
  const phases = Array.from({ length: options.phases }, (_, phase) => spansOf(config, layout, phase, options.phases));
  const wholeLeaves: Handover = { views: {}, bound: new WeakMap() };
  const idle: Handover[] = [];
  let opened: Promise<Session[]> | undefined;

  const openPhases = (): Promise<Session[]> => Promise.all(trainingPhases(config, batch, phases.length).map(openGraph));

  function bind(out: Float32Array, sessions: readonly Session[], handed: Handover["views"]): BoundLeaf {
    const [rows, draw] = [tokenBatch(batch.batch, config.contextLength), new Int32Array(3)];
    const shape = [batch.batch, config.contextLength];
    const read: Record<string, TensorView> = {
      ...fed,
      tokens: { data: rows.tokens, shape },
      targets: { data: rows.targets, shape },
      ...(hasDropout(config) && { draw: { data: draw, shape: [3] } }),
      ...handed,
    };
    const isWritable = executor.capabilities.sharedMemory || !(out.buffer instanceof SharedArrayBuffer);
    const written = isWritable ? out : new Float32Array(out.length);
    const made = { ...viewsOf(layout, written, "grad."), ...lossViews(written, size), ...handed };
    const runs = sessions.map(({ inputs, outputs, bind }) => bind(chosen(read, inputs), chosen(made, outputs)));
    return { rows, draw, written, runs };
  }

  async function run(
    out: Float32Array,
    sessions: readonly Session[],
    { bound, views }: Handover,
    fill: (rows: TokenBatch, draw: Int32Array) => void,
    onPhase: ((phase: number) => void) | undefined,
  ): Promise<void> {
    for (const [start, end] of gaps) out.fill(0, start, end);
    const leaf = bound.get(out) ?? bind(out, sessions, views);
    bound.set(out, leaf);
    fill(leaf.rows, leaf.draw);
    for (const [phase, run] of leaf.runs.entries()) {
      await run();
      if (leaf.written !== out) {
        for (const { start, end } of sessions.length > 1 ? phases[phase]! : [{ start: 0, end: out.length }]) {
          out.set(leaf.written.subarray(start, end), start);
        }
      }
      onPhase?.(phase);
    }
  }

  return {
    phases,
    async compute(out, fill, onPhase) {
      if (onPhase === undefined || phases.length === 1) {
        await run(out, [whole], wholeLeaves, fill, undefined);
        onPhase?.(0);
        return;
      }
      opened ??= openPhases();
      const sessions = await opened;
      const handover = idle.pop() ?? { views: room(sessions), bound: new WeakMap() };
      try {
        await run(out, sessions, handover, fill, onPhase);
      } finally {
        idle.push(handover);
      }
    },
    async release() {
      // Sessions of which one could not be opened are released with the executor.
      const sessions = (await opened?.catch(() => [])) ?? [];
      await Promise.all([whole, ...sessions].map((session) => session.release()));
    },
  };
}

/** The spans of parameters, each with the gap behind it; the last phase has what stands behind all parameters. */
function spansOf(config: ModelConfig, layout: readonly Parameter[], phase: number, phases: number): Span[] {
  const size = vectorSize(layout);
  const spans: { start: number; end: number }[] = [];
  const push = (start: number, end: number): void => {
    const before = spans.at(-1);
    if (before?.end === start) before.end = end;
    else spans.push({ start, end });
  };
  layout.forEach(({ name, offset }, index) => {
    if (phaseOf(config, name, phases) === phase) push(offset, layout[index + 1]?.offset ?? size);
  });
  if (phase === phases - 1) push(size, size + 2);
  return spans;
}

/** Memory for everything that sessions hand on. */
function room(sessions: readonly Session[]): Handover["views"] {
  const handed = sessions.flatMap(({ inputs }) => inputs).filter(({ name }) => name.startsWith("handed."));
  return Object.fromEntries(
    handed.map(({ name, type, shape }) => {
      const [Elements, count] = [elementArray(type), shape.reduce((product, extent) => product * extent, 1)];
      return [name, { data: new Elements(new ArrayBuffer(count * Elements.BYTES_PER_ELEMENT), 0, count), shape }];
    }),
  );
}

function chosen(views: Readonly<Record<string, TensorView>>, infos: Session["inputs"]): Record<string, TensorView> {
  return Object.fromEntries(infos.map(({ name }) => [name, views[name]!]));
}
