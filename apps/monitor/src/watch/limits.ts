/** What is judged, and what counts as wrong. A finding has to be more than chance and large enough to matter. */

/** Windows end with a minute, so that those of several gateways fall together. */
export const WINDOW_MS = 60_000;

/** What gateways tell of a minute has arrived by then: they tell every 10 s. */
export const LATE_MS = 15_000;

/**
 * Requests that a judged window has at least; with less traffic it takes several minutes. The median of 20 is within a
 * third of a standard deviation of the true one two times in three.
 */
export const LEAST_REQUESTS = 20;

/**
 * Two windows in a row: a single one in 400 is called odd by chance (robust z-score), two in a row one in 160,000. Five
 * calm ones: a version that is bad every other minute stays one alert.
 */
export const WINDOW_HYSTERESIS = { raiseAfter: 2, resolveAfter: 5 } as const;

/** Of the logarithm of the median time to the first token. */
export const LATENCY = {
  /** About a tenth more or less is no difference. */
  leastDeviation: 0.1,
  /** Times the usual. Nobody notices less. */
  wrongFrom: 1.25,
  criticalFrom: 4,
} as const;

/** Of the share of requests that failed. */
export const ERRORS = {
  warmUpWindows: 20,
  learningWindows: 60,
  /** Long enough for a rise by some hundredths to show. */
  longWindows: 30,
  /** Bound of the share of windows that chance alone calls odd. */
  alpha: 0.001,
  /** Above the usual share. */
  wrongFrom: 0.02,
  criticalFrom: 0.5,
} as const;

/** Of prompts. */
export const DRIFT = {
  /** Prompts in a sample. */
  leastPrompts: 200,
  /**
   * Population stability index of a feature. The usual 0.1 or 0.25 will not do, since nobody asks as documents are
   * written: against 860 documents of technical text, openings, paragraphs and random places of further documents like
   * them reached 0.7; manual pages in the same language 1.7, Python 1.4, German 4. `calibration_test.ts` holds this.
   */
  wrongFrom: 1,
  /** For each feature of a sample. A drift alert may start a training, so it is rather late than wrong. */
  falseAlarmRate: 0.0001,
  hysteresis: { raiseAfter: 1, resolveAfter: 2 },
} as const;
