/** What the Monitor shows is in its address. */
import { ModelName } from "@millrace/contracts";
import { z } from "zod";

const HOUR_MS = 3_600_000;

export const RANGES = { "1h": HOUR_MS, "6h": 6 * HOUR_MS, "24h": 24 * HOUR_MS, "7d": 168 * HOUR_MS } as const;
export type Range = keyof typeof RANGES;
export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  "1h": "Last hour",
  "6h": "6 hours",
  "24h": "24 hours",
  "7d": "7 days",
};

const RangeName = z.enum(Object.keys(RANGES) as Range[]);

export interface MonitorView {
  /** Undefined takes that of the newest deployment. */
  readonly model: string | undefined;
  readonly range: Range;
  /** Whose prompts are looked at; undefined takes the version that has most of the traffic. */
  readonly version: number | undefined;
}

/** What an address names; what it names wrongly counts as not named. */
export function readView(query: (name: string) => string | undefined): MonitorView {
  return {
    model: ModelName.safeParse(query("model")).data,
    range: RangeName.safeParse(query("range")).data ?? "1h",
    version: z.coerce.number().pipe(z.int().positive()).safeParse(query("version")).data,
  };
}

/** @param path With what precedes the question mark. */
export function monitorAddress(view: Partial<MonitorView>, path = "/monitor"): string {
  const { model, range, version } = view;
  const query = new URLSearchParams({
    ...(model === undefined ? {} : { model }),
    ...(range === undefined || range === "1h" ? {} : { range }),
    ...(version === undefined ? {} : { version: String(version) }),
  });
  return query.size === 0 ? path : `${path}?${query}`;
}
