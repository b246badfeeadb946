/** What a window of time says of the requests that a version answered: counts and sketches, never text. */
import { z } from "zod";
import { Sha256 } from "../artifact.ts";

const count = z.int().nonnegative();

/** Quantiles that merge without loss; `@millrace/statistics` makes and reads them. */
const Sketch = z.strictObject({
  format: z.literal("millrace.quantile-sketch.v1"),
  count,
  zeros: count,
  least: z.number().nonnegative().nullable(),
  greatest: z.number().nonnegative().nullable(),
  firstBin: count,
  bins: z.array(count).max(4096),
});

/** Requests that ended in a window. */
export const TrafficWindow = z.strictObject({
  requests: count,
  /** Of these, the ones that failed on our side: answers of 500 and more, and streams that broke off. */
  errors: count,
  /** Refused with 429; not among the requests. */
  refused: count,
  promptTokens: count,
  outputTokens: count,
  /** Milliseconds from the request to its first token. */
  firstTokenMs: Sketch,
  /** Milliseconds a token after the first, on average over a request. */
  perTokenMs: Sketch,
  /** Milliseconds from the request to the end of its answer. */
  totalMs: Sketch,
  /** Prompts counted in the bins of the version's corpus profile; null where the version has none. */
  prompts: z
    .strictObject({ profile: Sha256, features: z.record(z.string().max(80), z.array(count).max(4096)) })
    .nullable(),
});
export type TrafficWindow = z.infer<typeof TrafficWindow>;
