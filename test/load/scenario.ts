/** What is asked of an installation at a steady rate, and what its answers must be. */

/** The installation under load. */
export interface Target {
  /** `http://127.0.0.1:<port>` */
  readonly address: string;
  readonly apiKey: string;
  /** The model that it serves, and the run that made it. */
  readonly model: string;
  readonly runId: string;
}

/** A limit on a measure. Limits catch what is broken, not what is slow: they hold on two busy cores. */
export interface Limit {
  readonly measure: string;
  /** Share of the samples, in (0, 1]. */
  readonly share: number;
  readonly atMostMs: number;
}

/** What one arrival came to: milliseconds by measure. */
export type Sample = Readonly<Record<string, number>>;

export interface Scenario {
  readonly name: string;
  readonly what: string;
  /** Arrivals a second. They come whether or not those before them were answered. */
  readonly ratePerSecond: number;
  readonly limits: readonly Limit[];
  /** Measures of one thing by two clients, whose medians must agree. */
  readonly agreeing?: readonly (readonly [string, string])[];
  /**
   * Looks at the target once, before the load.
   * @returns Makes one arrival. Rejects if the answer is not what it has to be.
   */
  prepare(target: Target): Promise<(index: number) => Promise<Sample>>;
}
