import type { Typical } from "./typical.ts";

/** One figure of a benchmark, as every package's `bench/` yields it. */
export interface Figure extends Typical {
  /** `<benchmark>/<case>`. */
  readonly name: string;
  /** What was measured, and on what. */
  readonly configuration: Readonly<Record<string, string | number | boolean>>;
  readonly unit: string;
  /** What stands beside it: a named peer, or a stated limit, measured in the same run. Null where nothing comparable exists. */
  readonly peer: string | null;
  /** `value` over the peer's value. */
  readonly ratio: number | null;
}
