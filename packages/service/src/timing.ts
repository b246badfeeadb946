/** Times of the runners, all in ms. Tests shorten them. */
export interface Timing {
  /** After which a delivery that this process has forgotten comes again. Default 10,000. */
  readonly ackWaitMs: number;
  /** Between looks for jobs that other processes recorded or left behind. Default 500. */
  readonly jobPollMs: number;
  /** Between renewals of a running job's lease, at most a third of the lease. Default 2,000. */
  readonly heartbeatMs: number;
  /** Between looks for events that were committed but not published, and their least age. Default 5,000. */
  readonly sweepMs: number;
  /** Wait before the next attempt, by the number of failed ones. Default 250 ms, four times as long each time, at most 60 s. */
  readonly retryDelayMs: (failedAttempts: number) => number;
}

export const DEFAULT_TIMING: Timing = {
  ackWaitMs: 10_000,
  jobPollMs: 500,
  heartbeatMs: 2_000,
  sweepMs: 5_000,
  retryDelayMs: (failedAttempts) => Math.min(250 * 4 ** (failedAttempts - 1), 60_000),
};
