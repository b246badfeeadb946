/** `/api/monitor`: what served traffic is like, what is wrong with it, and what people think of answers. */
import { z } from "zod";
import { AlertFacts } from "../formats/alert.ts";
import { ModelName } from "../recipe.ts";

const count = z.int().nonnegative();
const Version = z.int().positive();

/** Unit by metric. Counts are sums over a point's time, times are quantiles of its requests. */
export const SERIES_METRICS = {
  requests: "requests",
  errors: "requests",
  refused: "requests",
  prompt_tokens: "tokens",
  output_tokens: "tokens",
  first_token_p50: "ms",
  first_token_p95: "ms",
  per_token_p50: "ms",
  per_token_p95: "ms",
  total_p50: "ms",
  total_p95: "ms",
} as const;

const Metric = z.enum(Object.keys(SERIES_METRICS) as (keyof typeof SERIES_METRICS)[]);

/** Query of `GET /api/monitor/series`. Requests that another service made to try a version out do not count. */
export const SeriesQuery = z.strictObject({
  model: ModelName,
  /** Absent: all versions together. */
  version: z.coerce.number().pipe(Version).optional(),
  metric: Metric,
  /** Default: a day before `to`. */
  from: z.iso.datetime().optional(),
  /** Default: now. */
  to: z.iso.datetime().optional(),
  /** Points to answer with at most. */
  points: z.coerce.number().pipe(z.int().min(1).max(2000)).default(300),
});
export type SeriesQuery = z.infer<typeof SeriesQuery>;

/** `GET /api/monitor/series`. */
export const Series = z.strictObject({
  model: ModelName,
  version: Version.nullable(),
  metric: Metric,
  unit: z.enum(["requests", "tokens", "ms"]),
  /** Time that a point stands for. */
  stepMs: z.int().positive(),
  /** In order and without gaps. A time is null where nothing was measured. */
  points: z.array(z.strictObject({ at: z.iso.datetime(), value: z.number().nonnegative().nullable() })),
});
export type Series = z.infer<typeof Series>;

/** Query of `GET /api/monitor/traffic`, as that of a series. */
export const TrafficQuery = SeriesQuery.omit({ metric: true, version: true });
export type TrafficQuery = z.infer<typeof TrafficQuery>;

const counts = z.array(count);
/** Null where no request got that far. */
const times = z.array(z.number().nonnegative().nullable());

/** Part of the traffic that a version was given. */
export const RolloutMark = z.strictObject({
  version: Version,
  percent: z.int().min(0).max(100),
  /** Why it was taken back; null otherwise. */
  reason: z.string().nullable(),
  at: z.iso.datetime(),
});
export type RolloutMark = z.infer<typeof RolloutMark>;

/** `GET /api/monitor/traffic`: all versions of a model on one time axis, with the roll-outs of that time. */
export const Traffic = z.strictObject({
  model: ModelName,
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  /** Time that each place of the arrays stands for, from `from` on. */
  stepMs: z.int().positive(),
  /** End of the newest window that was told of, of any time; null before the first. */
  toldUntil: z.iso.datetime().nullable(),
  /** Those that answered in that time, in order. */
  versions: z.array(
    z.strictObject({
      version: Version,
      requests: counts,
      errors: counts,
      refused: counts,
      outputTokens: counts,
      firstTokenP50Ms: times,
      firstTokenP95Ms: times,
      totalP50Ms: times,
      totalP95Ms: times,
    }),
  ),
  marks: z.array(RolloutMark),
});
export type Traffic = z.infer<typeof Traffic>;

/** `POST /api/monitor/alerts/:id/acknowledge` answers with one; it says that somebody looks after it. */
export const AlertView = AlertFacts.extend({
  raisedAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  acknowledgedAt: z.iso.datetime().nullable(),
  acknowledgedBy: z.string().nullable(),
});
export type AlertView = z.infer<typeof AlertView>;

/** `GET /api/monitor/alerts?state=open|all`: newest first. */
export const AlertList = z.strictObject({ alerts: z.array(AlertView) });
export type AlertList = z.infer<typeof AlertList>;

/** `GET /api/monitor/drift?model=&version=`: prompts beside the documents that the version was trained on. */
export const DriftView = z.strictObject({
  model: ModelName,
  version: Version,
  /**
   * `unknown`: no prompt was counted. `no_features`: the profile is of a former format, which has nothing that prompts compare
   * with. `collecting`: too few prompts yet. `judged`: what follows is of the last full sample.
   */
  state: z.enum(["unknown", "no_features", "collecting", "judged"]),
  /** Prompts in the sample that is being collected. */
  collected: count,
  /** Prompts in a full sample. */
  wanted: count,
  /** Share of samples without drift that a feature may call drift. */
  falseAlarmRate: z.number(),
  drifted: z.boolean(),
  /** Of the sample that was judged, else of the one being collected; null without a prompt. */
  window: z.strictObject({ start: z.iso.datetime(), end: z.iso.datetime() }).nullable(),
  features: z.array(
    z.strictObject({
      name: z.string(),
      /** What falls into each bin, in words or as a range. */
      bins: z.array(z.string()),
      /** Documents and prompts by bin. */
      corpus: z.array(count),
      prompts: z.array(count),
      /** Population stability index, and what it must stay below; null until judged. */
      index: z.number().nullable(),
      threshold: z.number().nullable(),
      drifted: z.boolean(),
    }),
  ),
});
export type DriftView = z.infer<typeof DriftView>;

const COMMENT_CHARACTERS = 2000;

/** `POST /api/monitor/feedback`. Who rates an answer again changes the rating. */
export const GiveFeedback = z.strictObject({
  /** `id` and `model` of the answer. */
  completionId: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/, { error: "expected the id of an answer" }),
  model: z
    .string()
    .regex(/^[a-z0-9._-]{1,64}@[1-9]\d{0,8}$/, { error: "expected <name>@<version>, as answers name it" }),
  rating: z.union([z.literal(-1), z.literal(1)]),
  comment: z.string().min(1).max(COMMENT_CHARACTERS).optional(),
});
export type GiveFeedback = z.infer<typeof GiveFeedback>;
export const FeedbackReceipt = z.strictObject({ id: z.uuid() });
export type FeedbackReceipt = z.infer<typeof FeedbackReceipt>;

/** `GET /api/monitor/feedback?model=`; `DELETE /api/monitor/feedback/:id` erases one. */
export const FeedbackList = z.strictObject({
  versions: z.array(z.strictObject({ version: Version, up: count, down: count })),
  /** The newest that say something. */
  comments: z.array(
    z.strictObject({
      id: z.uuid(),
      completionId: z.string(),
      version: Version,
      rating: z.union([z.literal(-1), z.literal(1)]),
      comment: z.string(),
      at: z.iso.datetime(),
    }),
  ),
});
export type FeedbackList = z.infer<typeof FeedbackList>;
