import type { Recipe } from "./recipe.ts";

export interface Difference {
  /** `train.steps` */
  readonly key: string;
  readonly before: string;
  readonly after: string;
  readonly isRemoved: boolean;
}

/** The keys in which two recipes differ, by name. */
export function differencesOf(before: Recipe, after: Recipe): Difference[] {
  const [left, right] = [flatRecipe(before), flatRecipe(after)];
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => left.get(key) !== right.get(key))
    .sort()
    .map((key) => ({
      key,
      before: left.get(key) ?? "not set",
      after: right.get(key) ?? "not set",
      isRemoved: !right.has(key),
    }));
}

/** Values as JSON by dotted key; lists are one value. */
export function flatRecipe(recipe: Recipe): Map<string, string> {
  return flat(recipe, "", new Map());
}

function flat(value: unknown, prefix: string, into: Map<string, string>): Map<string, string> {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return into.set(prefix, JSON.stringify(value));
  for (const [key, part] of Object.entries(value)) flat(part, prefix === "" ? key : `${prefix}.${key}`, into);
  return into;
}
