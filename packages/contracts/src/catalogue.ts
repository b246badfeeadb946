/** Every event there is. What is not here is not published, and what arrives and is not here goes to the dead letters. */
import type { EventDefinition } from "./event_definition.ts";
import * as alert from "./events/alert.ts";
import * as approval from "./events/approval.ts";
import * as corpus from "./events/corpus.ts";
import * as model from "./events/model.ts";
import * as pipeline from "./events/pipeline.ts";
import * as rollout from "./events/rollout.ts";
import * as rule from "./events/rule.ts";
import * as traffic from "./events/traffic.ts";
import * as training from "./events/training.ts";

export const EVENTS = {
  ...pipeline,
  ...corpus,
  ...training,
  ...model,
  ...rollout,
  ...rule,
  ...traffic,
  ...alert,
  ...approval,
};

/** The catalogue by event type. */
export const CATALOGUE: ReadonlyMap<string, EventDefinition> = new Map(
  Object.values(EVENTS).map((definition) => [definition.type, definition as EventDefinition]),
);

/**
 * Does some service hear this event through a subscription, which then judges what comes under its type? The console does not: it
 * watches the log while somebody looks at a page.
 */
export function hasSubscriber({ consumers }: Pick<EventDefinition, "consumers">): boolean {
  return consumers.some((consumer) => consumer !== "console");
}
