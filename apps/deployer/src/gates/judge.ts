import type { Gate } from "@millrace/contracts";
import type { WeightComparison } from "./compare_weights.ts";
import { LIMITS } from "./limits.ts";

/** What a version needs on a text. */
export interface Measured {
  readonly name: string;
  readonly bitsPerByte: number;
}

/**
 * Judges a version's bits per byte against the live version's on the same text, and against what the recipe allows.
 * @param live Absent where no version serves.
 * @param sample The text, in words.
 */
export function judgeBitsPerByte(
  candidate: Measured,
  live: Measured | undefined,
  maxBitsPerByte: number | undefined,
  sample: string,
): Gate {
  const limits = [
    ...(live === undefined ? [] : [live.bitsPerByte * LIMITS.regression]),
    ...(maxBitsPerByte === undefined ? [] : [maxBitsPerByte]),
  ];
  const limit = limits.length === 0 ? null : Math.min(...limits);
  const value = candidate.bitsPerByte;
  const beside = live === undefined ? "no version is live" : `${live.name} needs ${live.bitsPerByte.toFixed(3)}`;
  const allowed = maxBitsPerByte === undefined ? "" : `; the recipe allows ${maxBitsPerByte}`;
  return {
    name: "bits_per_byte",
    // Written so that NaN fails.
    state: value <= (limit ?? Number.MAX_VALUE) ? "passed" : "failed",
    value: Number.isFinite(value) ? value : null,
    limit,
    unit: "bits/byte",
    detail: `${candidate.name} on ${sample}; ${beside}${allowed}`,
  };
}

/** Judges how far weights of 8 bits are from the full ones; absent where the full ones are served. */
export function judgeRounding(comparison: WeightComparison | undefined): readonly Gate[] {
  if (comparison === undefined) {
    const detail = "the weights are served in float32, as they were trained";
    const none = { state: "not_applicable", value: null, limit: null, detail } as const;
    return [
      { name: "quantised_divergence", unit: "nats/token", ...none },
      { name: "quantised_agreement", unit: "share", ...none },
      { name: "quantised_bits", unit: "share", ...none },
    ];
  }
  const { divergence, agreement, fullNats, roundedNats, tokens } = comparison;
  const places = `at ${tokens.toLocaleString("en-US")} places of validation text`;
  const rise = roundedNats / fullNats - 1;
  return [
    {
      name: "quantised_divergence",
      state: divergence <= LIMITS.divergence ? "passed" : "failed",
      value: finite(divergence),
      limit: LIMITS.divergence,
      unit: "nats/token",
      detail: `mean divergence of 8-bit from float32 predictions ${places}`,
    },
    {
      name: "quantised_agreement",
      state: agreement >= LIMITS.agreement ? "passed" : "failed",
      value: finite(agreement),
      limit: LIMITS.agreement,
      unit: "share",
      detail: `same likeliest token under 8-bit and float32 weights ${places}`,
    },
    {
      name: "quantised_bits",
      state: rise <= LIMITS.rise ? "passed" : "failed",
      value: finite(rise),
      limit: LIMITS.rise,
      unit: "share",
      detail: `rise of the bits per byte through rounding to 8 bits ${places}`,
    },
  ];
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
