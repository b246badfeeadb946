/**
 * When a measure of drift is called drift, by default.
 *
 * | measure | drift when | source |
 * | --- | --- | --- |
 * | population stability index | >= 0.1, and above the noise of the sample sizes | Evidently 0.7.23 `psi`; the noise: `populationStability()` |
 * | Jensen-Shannon distance, natural logarithm | >= 0.1 | Evidently 0.7.23 `jensenshannon` |
 * | Kolmogorov-Smirnov, p value | < 0.05 | Evidently 0.7.23 `ks` |
 * | chi-square, p value | < 0.05 | Evidently 0.7.23 `chisquare` |
 *
 * A p value below 0.05 turns up in every twentieth window without drift: fit for a look by hand, too loose for a test
 * that runs every minute.
 */
export const DRIFT_THRESHOLDS = {
  populationStability: 0.1,
  jensenShannon: 0.1,
  kolmogorovSmirnov: 0.05,
  chiSquare: 0.05,
} as const;
