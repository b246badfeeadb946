import type { Rule } from "@millrace/contracts";

const DAY_MS = 86_400_000;

/** The longest time that a limit of a rule reaches back. */
export const LONGEST_MS = 30 * DAY_MS;

/**
 * What holds a rule back at a time, given when it fired before for the model.
 * @param firedAt Milliseconds since 1970, in any order.
 */
export function heldBack(
  { cooldownSeconds, maxPerDay }: Pick<Rule, "cooldownSeconds" | "maxPerDay">,
  firedAt: readonly number[],
  nowMs: number,
): "cooldown" | "daily_limit" | undefined {
  if (firedAt.some((at) => nowMs - at < 1000 * cooldownSeconds)) return "cooldown";
  if (firedAt.filter((at) => nowMs - at < DAY_MS).length >= maxPerDay) return "daily_limit";
  return undefined;
}
