import { z } from "zod";
import { defineEvent } from "../event_definition.ts";
import { TrafficWindow } from "../formats/traffic.ts";
import { ModelName } from "../recipe.ts";

const EXAMPLE_SKETCH = {
  format: "millrace.quantile-sketch.v1" as const,
  count: 1,
  zeros: 0,
  least: 12,
  greatest: 12,
  firstBin: 1162,
  bins: [1],
};
const EXAMPLE_WINDOW = {
  requests: 1,
  errors: 0,
  refused: 0,
  promptTokens: 7,
  outputTokens: 16,
  firstTokenMs: EXAMPLE_SKETCH,
  perTokenMs: EXAMPLE_SKETCH,
  totalMs: EXAMPLE_SKETCH,
  prompts: null,
};

/** Told only of windows in which a request ended. */
export const trafficObserved = defineEvent({
  type: "millrace.traffic.observed.v1",
  kind: "fact",
  emitters: ["inference"],
  consumers: ["deployer", "monitor", "console"],
  outputKey: "the version, the gateway and the window's start",
  schema: z.strictObject({
    model: ModelName,
    version: z.int().positive(),
    /** Which gateway counted, for as long as its process lives: windows of two gateways add up. */
    gateway: z.string().min(1).max(80),
    windowStart: z.iso.datetime(),
    windowMs: z.int().positive(),
    real: TrafficWindow,
    /** Requests that another service made to try the version out. */
    synthetic: TrafficWindow,
  }),
  example: {
    model: "docs",
    version: 2,
    gateway: "gateway-4f1c",
    windowStart: "2026-11-26T10:00:00.000Z",
    windowMs: 10_000,
    real: EXAMPLE_WINDOW,
    synthetic: { ...EXAMPLE_WINDOW, requests: 1 },
  },
});
