import type { Recipe } from "@millrace/contracts";

export interface Difference {
  /** `train.steps` */
  readonly key: string;
  readonly before: string;
  readonly after: string;
}

/** The keys in which two recipes differ, by name. */
export function differencesOf(before: Recipe, after: Recipe): Difference[] {
  const [left, right] = [flat(before), flat(after)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => left.get(key) !== right.get(key))
    .sort()
    .map((key) => ({ key, before: left.get(key) ?? "not set", after: right.get(key) ?? "not set" }));
}

function flat(value: unknown, prefix = "", into = new Map<string, string>()): Map<string, string> {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return into.set(prefix, JSON.stringify(value));
  for (const [key, part] of Object.entries(value)) flat(part, prefix === "" ? key : `${prefix}.${key}`, into);
  return into;
}
