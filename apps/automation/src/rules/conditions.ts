import type { Rule, RuleCondition } from "@millrace/contracts";

/** Whether an event's data meets all conditions of a rule. */
export function meets(rule: Pick<Rule, "when">, data: Readonly<Record<string, unknown>>): boolean {
  return rule.when.every((condition) => holds(condition, fieldOf(data, condition.field)));
}

function holds(condition: RuleCondition, found: unknown): boolean {
  switch (condition.op) {
    case "==":
      return found === condition.value;
    case "!=":
      return found !== condition.value;
    case "in":
      return condition.value.some((value) => value === found);
    default:
      return typeof found === "number" && COMPARE[condition.op](found, condition.value);
  }
}

const COMPARE = {
  ">": (found: number, value: number) => found > value,
  ">=": (found: number, value: number) => found >= value,
  "<": (found: number, value: number) => found < value,
  "<=": (found: number, value: number) => found <= value,
};

function fieldOf(data: unknown, path: string): unknown {
  let value = data;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
