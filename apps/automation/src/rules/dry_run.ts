import type { CloudEvent, RuleDryRunResult, RuleToTry } from "@millrace/contracts";
import { meets } from "./conditions.ts";
import { heldBack } from "./limits.ts";

const MOST_EXAMPLES = 10;

/**
 * Holds a rule against events that were, in their order: what it would have done, had it been there.
 * @param events Events of its type.
 */
export function dryRun(
  rule: Pick<RuleToTry, "when" | "cooldownSeconds" | "maxPerDay">,
  events: readonly CloudEvent[],
): RuleDryRunResult {
  const firedAt = new Map<string, number[]>();
  const fired: CloudEvent[] = [];
  let matched = 0;
  for (const event of events) {
    if (!meets(rule, event.data)) continue;
    matched += 1;
    const model = String(event.data["model"]);
    const before = firedAt.get(model) ?? [];
    firedAt.set(model, before);
    const at = Date.parse(event.time);
    if (heldBack(rule, before, at) !== undefined) continue;
    before.push(at);
    fired.push(event);
  }
  const examples = fired
    .slice(-MOST_EXAMPLES)
    .toReversed()
    .map(({ id, time, data }) => ({ eventId: id, time, data }));
  return { seen: events.length, matched, wouldFire: fired.length, examples };
}
