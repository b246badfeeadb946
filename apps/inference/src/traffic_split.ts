/** A version and its part of the traffic. */
export interface Share {
  readonly version: number;
  readonly percent: number;
}

/** Shares of the versions of a model after one of them was given a new share. */
export function splitTraffic(shares: readonly Share[], version: number, percent: number): Share[] {
  const others = shares.filter((share) => share.version !== version && share.percent > 0);
  const had = others.reduce((sum, share) => sum + share.percent, 0);
  let left = 100 - percent;
  const rest = others.map((share, index) => {
    // Rounding must not lose a percent: the last one takes what is left.
    const isLast = index === others.length - 1;
    const given = isLast ? left : Math.min(left, Math.round(((100 - percent) * share.percent) / had));
    left -= given;
    return { version: share.version, percent: given };
  });
  return shares.map((share) => {
    if (share.version === version) return { version, percent };
    return rest.find((other) => other.version === share.version) ?? { version: share.version, percent: 0 };
  });
}

/**
 * Picks a version by the shares of the traffic. They count in proportion, so that a first version with less than all of it serves all.
 * @param random Uniform in [0, 1).
 * @returns Undefined if no version has traffic.
 */
export function pickVersion<Row extends Share>(rows: readonly Row[], random: number): Row | undefined {
  const live = rows.filter(({ percent }) => percent > 0);
  const total = live.reduce((sum, { percent }) => sum + percent, 0);
  let left = random * total;
  return live.find(({ percent }) => (left -= percent) < 0) ?? live.at(-1);
}
