import { type EventDefinition, NO_LIMITS } from "@millrace/contracts";
import { type LimitsOf, onEvent, type Subscription } from "@millrace/service";
import { takeFact } from "../advance.ts";
import { FACT_EVENTS, type FactName, type Facts, STAGE_ENDS } from "../facts.ts";
import { askRoom } from "../room.ts";

/**
 * One handler a fact: they differ in nothing but the event and the word it is kept under.
 * @param limitsOf Absent: no project has a limit.
 */
export const factHandlers = (limitsOf: LimitsOf | undefined): readonly Subscription[] =>
  Object.entries(FACT_EVENTS).map(([name, event]) =>
    onEvent({
      name: `take_${name}`,
      version: 1,
      event: event as EventDefinition,
      prepare: async (_, { project, artifacts }) => {
        const begins = STAGE_ENDS.includes(name as FactName);
        return askRoom((begins ? await limitsOf?.(project) : undefined) ?? NO_LIMITS, artifacts);
      },
      handle: ({ data }, context, room) =>
        takeFact(context, String(data.runId), name as FactName, data as NonNullable<Facts[FactName]>, room),
    }),
  );
