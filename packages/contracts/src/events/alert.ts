import { z } from "zod";
import { defineEvent } from "../event_definition.ts";
import { AlertFacts, AlertKind } from "../formats/alert.ts";
import { ModelName } from "../recipe.ts";

const EXAMPLE_ALERT = "5f0d8a52-6c1e-5b7a-9a53-0c8f5f3f3f10";

/** Something about a version's traffic is wrong. There is one open alert a version and kind at most. */
export const alertRaised = defineEvent({
  type: "millrace.alert.raised.v1",
  kind: "fact",
  emitters: ["monitor"],
  consumers: ["automation", "console"],
  outputKey: "the version and the kind",
  schema: AlertFacts.extend({ model: ModelName }),
  example: {
    alertId: EXAMPLE_ALERT,
    kind: "latency",
    severity: "warning",
    model: "docs",
    version: 2,
    title: "Answers of docs@2 begin after 96 ms, usually after 41 ms",
    value: 96,
    threshold: 82,
    window: { start: "2026-11-26T10:00:00.000Z", end: "2026-11-26T10:01:00.000Z" },
    evidence: { requests: 31, usualFirstTokenMs: 41, score: 4.2 },
  },
});

/** It has been right again for several windows. */
export const alertResolved = defineEvent({
  type: "millrace.alert.resolved.v1",
  kind: "fact",
  emitters: ["monitor"],
  consumers: ["console"],
  outputKey: "the version and the kind",
  schema: z.strictObject({
    alertId: z.uuid(),
    kind: AlertKind,
    model: ModelName,
    version: z.int().positive(),
  }),
  example: { alertId: EXAMPLE_ALERT, kind: "latency", model: "docs", version: 2 },
});
