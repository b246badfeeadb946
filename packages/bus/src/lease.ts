/**
 * The port for "one at a time": who coordinates a run, who sweeps expired jobs.
 *
 * A lease has one holder and a generation that grows with every change of holder, both changed by compare-and-set. The expiry is
 * data that contenders read against their own clock, so clocks must agree to well within `durationMs`. Where work reaches
 * other parties, hand them the generation and let them refuse older ones: a paused holder may wake up after its time.
 */
export interface Lease {
  /**
   * Takes the lease if nobody holds it or its time has passed.
   * @param name What is leased: letters, digits, `-`, `_`, `.`; at most 120.
   * @param holder Who asks, unique to the process. A holder that asks again while it holds gets a conflict too.
   * @param durationMs Time until it expires unless renewed, at least 1.
   */
  acquire(name: string, holder: string, durationMs: number): Promise<LeaseResult>;
  /** Extends a holding from now by `durationMs`; a conflict when another generation has begun, even if the time has not passed. */
  renew(holding: Holding, durationMs: number): Promise<LeaseResult>;
  /** Ends a holding early. Does nothing when another generation has begun. */
  release(holding: Holding): Promise<void>;
}

export interface Holding {
  readonly name: string;
  readonly holder: string;
  /** 1 for the first holder of this name; never reused. */
  readonly generation: number;
  /** ms since 1970. */
  readonly expiresAt: number;
}

/** The outcome; on a conflict `current` is who holds or last held it. */
export type LeaseResult =
  { readonly held: true; readonly holding: Holding } | { readonly held: false; readonly current: Holding };

/**
 * Checks the arguments of `acquire` for an adapter.
 * @throws {RangeError} If the name, holder or duration is out of bounds.
 */
export function checkLease(name: string, holder: string, durationMs: number): void {
  if (!/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/.test(name) || name.length > 120) {
    throw new RangeError(`leasing "${name}": expected 1 to 120 letters, digits, "-", "_" and single "."`);
  }
  if (holder.length === 0 || holder.length > 200) {
    throw new RangeError(`leasing "${name}" to "${holder}": expected a holder of 1 to 200 characters`);
  }
  if (!(durationMs >= 1)) throw new RangeError(`leasing "${name}" for ${durationMs} ms: expected at least 1`);
}
