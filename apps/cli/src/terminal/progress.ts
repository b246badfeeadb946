/** One line that is redrawn in place while a stage runs; where the output is no terminal, nothing, or a line for each tenth. */
export interface Progress {
  /**
   * @param label What is at work.
   * @param state How far it is; undefined while that is not known.
   * @param workedMs How long it has been worked on, for rate and remaining time.
   */
  update(label: string, state: { done: number; total: number; unit: string } | undefined, workedMs: number): void;
  /** Wipes the line, so that other text can be written. */
  clear(): void;
}

/** A stage that is over sooner than this needs no line in a log. */
const LOG_PERIOD_MS = 5000;

/**
 * @param stream Where to draw.
 * @param logsTenths Whether a stream that is no terminal gets a line for each tenth that took long: what takes minutes must not look dead in
 *   a log, and what takes seconds must not fill it.
 */
export function createProgress(stream: NodeJS.WriteStream, logsTenths = false): Progress {
  let drawn = false;
  let told = { label: "", tenth: 0, workedMs: 0 };
  return {
    update(label, state, workedMs) {
      if (!stream.isTTY) {
        if (!logsTenths) return;
        const tenth = state && state.total > 0 ? Math.floor((10 * state.done) / state.total) : 0;
        if (label !== told.label) told = { label, tenth: 0, workedMs: 0 };
        if (tenth <= told.tenth || tenth >= 10 || workedMs - told.workedMs < LOG_PERIOD_MS) return;
        stream.write(`${progressLine(label, state, workedMs, Number.POSITIVE_INFINITY)}\n`);
        told = { label, tenth, workedMs };
        return;
      }
      const line = progressLine(label, state, workedMs, stream.columns);
      stream.write(`\r\u001B[K${line}`);
      drawn = true;
    },
    clear() {
      if (drawn) stream.write("\r\u001B[K");
      drawn = false;
    },
  };
}

const BAR_WIDTH = 24;

/** Fewer parts than these are uneven ones: how long those that are done took says nothing of the next. */
const FEWEST_FOR_RATE = 10;

/** The line itself, cut to the terminal's width. */
export function progressLine(
  label: string,
  state: { done: number; total: number; unit: string } | undefined,
  elapsedMs: number,
  columns: number,
): string {
  const head = label.padEnd(14);
  if (!state || state.total === 0) return `${head} ${Math.round(elapsedMs / 1000)} s`.slice(0, columns);
  const share = Math.min(1, state.done / state.total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(BAR_WIDTH - filled);
  const reached = `${head} ${bar} ${Math.floor(share * 100)}% ${state.done}/${state.total} ${state.unit}`;
  if (state.total < FEWEST_FOR_RATE) return `${reached}, ${Math.round(elapsedMs / 1000)} s`.slice(0, columns);
  const perSecond = elapsedMs > 0 ? (state.done * 1000) / elapsedMs : 0;
  const eta = perSecond > 0 ? `, ${Math.ceil(Math.max(0, state.total - state.done) / perSecond)} s left` : "";
  const rate = `${perSecond >= 10 ? Math.round(perSecond) : perSecond.toFixed(1)} ${state.unit}/s`;
  return `${reached}, ${rate}${eta}`.slice(0, columns);
}
