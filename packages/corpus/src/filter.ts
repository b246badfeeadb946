/** The filter step: signals, then a policy, in one call for those who keep no signals. */
import { decide, type Decision, type Policy } from "./policies/policy.ts";
import { measure, type SignalContext, type Signals } from "./signals/signals.ts";

/** Version of signals and filter; a change means that stored signals must be made again. */
export const FILTER_VERSION = 2;

/** A decision with what it was taken from, and the text that goes on if the document stays. */
export interface Filtered extends Decision {
  readonly signals: Signals;
  readonly text: string;
}

/**
 * Measures a text and asks a policy.
 * @throws {TypeError} If the policy names languages and `context` has none.
 */
export function filterText(text: string, policy: Policy, context: SignalContext = {}): Filtered {
  const { signals, c4Text } = measure(text, context);
  const decision = decide(signals, policy, context.language);
  return { ...decision, signals, text: policy.text === "c4_lines" ? c4Text : text };
}
