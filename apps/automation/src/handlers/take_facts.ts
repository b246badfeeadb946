import { type EventDefinition } from "@millrace/contracts";
import { onEvent, type Subscription } from "@millrace/service";
import { takeFact } from "../advance.ts";
import { FACT_EVENTS, type FactName, type Facts } from "../facts.ts";

/** One handler a fact: they differ in nothing but the event and the word it is kept under. */
export const factHandlers: readonly Subscription[] = Object.entries(FACT_EVENTS).map(([name, event]) =>
  onEvent({
    name: `take_${name}`,
    version: 1,
    event: event as EventDefinition,
    handle: ({ data }, context) =>
      takeFact(context, String(data.runId), name as FactName, data as NonNullable<Facts[FactName]>),
  }),
);
