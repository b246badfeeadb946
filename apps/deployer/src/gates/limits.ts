/** What the gates measure is held against these. A change here changes which versions are deployed. */
export const LIMITS = {
  /** Bits per byte, of those of the live version on the same text: worse by less than this is noise of some 64 KiB of text. */
  regression: 1.02,
  /**
   * Mean divergence in nats a token. Rounding to 8 bits in blocks of 32 costs 1e-4 to 1e-3 on models of 1 to 12 million parameters; a
   * broken kernel or scale costs tenths.
   */
  divergence: 0.02,
  /** Share of places with the same likeliest token. Near ties flip, so it is no 100 % even where sampling hardly changes. */
  agreement: 0.95,
  /** Rise of bits per byte through rounding, as a share. */
  rise: 0.01,
} as const;
