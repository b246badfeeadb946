import { z } from "zod";

export const ALERT_KINDS = ["drift", "latency", "errors"] as const;

/** What is wrong: other prompts than the corpus, slower answers, or more failed requests than before. */
export const AlertKind = z.enum(ALERT_KINDS);
export type AlertKind = z.infer<typeof AlertKind>;

export const AlertSeverity = z.enum(["warning", "critical"]);
export type AlertSeverity = z.infer<typeof AlertSeverity>;

/** What an alert says, in its event and over HTTP. */
export const AlertFacts = z.strictObject({
  alertId: z.uuid(),
  kind: AlertKind,
  severity: AlertSeverity,
  model: z.string().max(64),
  version: z.int().positive(),
  /** One sentence for people. */
  title: z.string().max(300),
  /** What was measured, and what it had to stay below. In the unit that the title names. */
  value: z.number(),
  threshold: z.number(),
  /** The requests that raised it. */
  window: z.strictObject({ start: z.iso.datetime(), end: z.iso.datetime() }),
  evidence: z.record(z.string().max(80), z.number()),
});
