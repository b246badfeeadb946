/**
 * The serving graphs of one model with the memory they run over: the cache of keys and values of all slots, and the
 * views that are fed and fetched. Two graphs of one definition: one reads a prompt, a chunk of one slot at a time; one
 * takes a token in every slot.
 *
 * A prompt is cut into chunks from its beginning and read by itself, so its numbers do not depend on what the other
 * slots do. Legend: S slots, n new tokens, H heads of keys and values, T context, K width of a head, V vocabulary.
 */
import type { Executor, Session, TensorView } from "@millrace/execution";
import {
  type ModelConfig,
  parameterLayout,
  parameterVectorSize,
  type ResolvedModel,
  resolveModel,
  servingGraph,
} from "@millrace/transformer";

const CHUNK_TOKENS = 32;

/** A model ready to decode. Calls must not overlap. */
export interface DecoderState {
  /**
   * Reads the next tokens of a prompt, at most `chunkTokens`.
   * @param length Tokens of this slot read before.
   * @returns Scores of the token after the last one, shape (V,); overwritten by the next call.
   */
  read(slot: number, length: number, tokens: readonly number[]): Promise<Float32Array>;
  /**
   * Reads one token in each of the given slots.
   * @returns Scores of the next tokens, shape (S, V), rows of other slots without meaning; overwritten by the next call.
   */
  step(
    entries: readonly { readonly slot: number; readonly length: number; readonly token: number }[],
  ): Promise<Float32Array>;
  readonly chunkTokens: number;
  /** Releases the sessions. */
  close(): Promise<void>;
}

/** The serving graphs that a decoder runs, as ONNX models. */
export interface DecoderGraphs {
  /** Reads `readTokens` tokens of a prompt in one slot. */
  readonly reading: Uint8Array;
  readonly readTokens: number;
  /** Takes one token in every slot. */
  readonly stepping: Uint8Array;
}

/**
 * Writes the graphs for a model with this many slots.
 * @param quantise Parameters that the graphs are to hold in 8 bits. Without them they hold none, and are run with float32 parameters.
 */
export function decoderGraphs(config: ModelConfig, slots: number, quantise?: Float32Array): DecoderGraphs {
  const readTokens = Math.min(CHUNK_TOKENS, config.contextLength);
  const weights = quantise === undefined ? {} : { quantise };
  return {
    reading: servingGraph(config, { slots: 1, newTokens: readTokens, ...weights }).model,
    readTokens,
    stepping: servingGraph(config, { slots, newTokens: 1, ...weights }).model,
  };
}

type Views = Record<string, TensorView>;

interface Run {
  readonly session: Session;
  readonly tokens: Int32Array;
  readonly lengths: Int32Array;
  readonly counts: Int32Array;
  readonly feeds: Views;
  readonly fetches: Views;
  readonly logits: Float32Array;
}

function cacheNames(config: ModelConfig): string[] {
  return Array.from({ length: config.layers }, (_, layer) => [`${layer}.key`, `${layer}.value`]).flat();
}

function parameterViews(config: ModelConfig, parameters: Float32Array): Views {
  const wanted = parameterVectorSize(config);
  if (parameters.length !== wanted) {
    throw new RangeError(
      `Cannot load the model: found ${parameters.length} parameters, its configuration wants ${wanted}`,
    );
  }
  return Object.fromEntries(
    parameterLayout(config).map(({ name, shape, offset, size }) => [
      name,
      { data: parameters.subarray(offset, offset + size), shape },
    ]),
  );
}

/** Copies new rows (H, n, K) of one slot to their places in the cache (H, T, K). */
function writeRows(
  { contextLength, keyValueHeads, headWidth }: ResolvedModel,
  cache: Float32Array,
  rows: Float32Array,
  { newTokens, length, count }: { newTokens: number; length: number; count: number },
): void {
  for (let head = 0; head < keyValueHeads; head++) {
    const from = head * newTokens * headWidth;
    cache.set(rows.subarray(from, from + count * headWidth), (head * contextLength + length) * headWidth);
  }
}

/**
 * Loads a model.
 * @param parameters The flat vector of parameterLayout(); read in place, not copied. Absent for graphs that hold their parameters.
 * @throws {RangeError} If its length does not fit the configuration.
 */
export async function openDecoder(
  executor: Executor,
  config: ModelConfig,
  parameters: Float32Array | undefined,
  { slots, threads, graphs }: { slots: number; threads: number; graphs: DecoderGraphs },
): Promise<DecoderState> {
  const resolved = resolveModel(config);
  const { contextLength, keyValueHeads, headWidth, vocabularySize } = resolved;
  const names = cacheNames(config);
  const slotSize = keyValueHeads * contextLength * headWidth;
  const caches = new Map(names.map((name) => [name, new Float32Array(slots * slotSize)]));
  const weights = parameters === undefined ? {} : parameterViews(config, parameters);
  const cacheOf = (name: string): Float32Array => caches.get(name) ?? new Float32Array();
  const cacheViews = (first: number, count: number): Views =>
    Object.fromEntries(
      names.map((name) => [
        `cache.${name}`,
        {
          data: cacheOf(name).subarray(first * slotSize, (first + count) * slotSize),
          shape: [count, keyValueHeads, contextLength, headWidth],
        },
      ]),
    );

  async function prepare(model: Uint8Array, rows: number, newTokens: number): Promise<Run> {
    const session = await executor.createSession(model, { threads });
    const tokens = new Int32Array(rows * newTokens);
    const lengths = new Int32Array(rows);
    const counts = new Int32Array(rows).fill(1);
    const logits = new Float32Array(rows * vocabularySize);
    const newRows: Views = Object.fromEntries(
      names.map((name) => {
        const shape = [rows, keyValueHeads, newTokens, headWidth];
        return [`new.${name}`, { data: new Float32Array(rows * keyValueHeads * newTokens * headWidth), shape }];
      }),
    );
    return {
      session,
      tokens,
      lengths,
      counts,
      logits,
      feeds: {
        ...weights,
        tokens: { data: tokens, shape: [rows, newTokens] },
        lengths: { data: lengths, shape: [rows] },
        counts: { data: counts, shape: [rows] },
      },
      fetches: { ...newRows, logits: { data: logits, shape: [rows, vocabularySize] } },
    };
  }

  /** Moves the new rows of one row of a run into the cache of a slot. */
  function keep(
    run: Run,
    row: number,
    slot: number,
    place: { newTokens: number; length: number; count: number },
  ): void {
    for (const name of names) {
      const rows = run.fetches[`new.${name}`]?.data as Float32Array;
      const size = keyValueHeads * place.newTokens * headWidth;
      const cache = cacheOf(name).subarray(slot * slotSize, (slot + 1) * slotSize);
      writeRows(resolved, cache, rows.subarray(row * size, (row + 1) * size), place);
    }
  }

  const chunkTokens = graphs.readTokens;
  const reading = await prepare(graphs.reading, 1, chunkTokens);
  const stepping = await prepare(graphs.stepping, slots, 1).catch(async (error: unknown) => {
    await reading.session.release();
    throw error;
  });
  const readViews = Array.from({ length: slots }, (_, slot) => ({ ...reading.feeds, ...cacheViews(slot, 1) }));
  const stepViews = { ...stepping.feeds, ...cacheViews(0, slots) };

  return {
    chunkTokens,
    async read(slot, length, tokens) {
      reading.tokens.fill(0);
      reading.tokens.set(tokens);
      reading.lengths[0] = length;
      reading.counts[0] = tokens.length;
      await reading.session.run(readViews[slot] ?? {}, reading.fetches);
      keep(reading, 0, slot, { newTokens: chunkTokens, length, count: tokens.length });
      return reading.logits;
    },
    async step(entries) {
      // Idle slots read token 0 into nowhere; what they give is not looked at.
      stepping.tokens.fill(0);
      stepping.lengths.fill(0);
      for (const { slot, length, token } of entries) {
        stepping.tokens[slot] = token;
        stepping.lengths[slot] = length;
      }
      await stepping.session.run(stepViews, stepping.fetches);
      for (const { slot, length } of entries) keep(stepping, slot, slot, { newTokens: 1, length, count: 1 });
      return stepping.logits;
    },
    async close() {
      await Promise.all([reading.session.release(), stepping.session.release()]);
    },
  };
}
