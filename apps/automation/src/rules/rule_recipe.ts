import { problemOfPlan, problemsOf, Recipe } from "@millrace/contracts";

/** Reads the recipe that a rule was kept with, which may be one of an earlier version. @returns The problem in words where it is none. */
export function keptRecipe(bytes: Uint8Array): Recipe | string {
  const written: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const parsed = Recipe.safeParse(written);
  if (parsed.success) return problemOfPlan(parsed.data) ?? parsed.data;
  return problemsOf(parsed.error, written, Recipe)
    .map(({ message }) => message)
    .join("; ");
}

/** The recipe as it trains anew: from step 0, wherever the training that it is of went on from. */
export function fromTheStart(recipe: Recipe): Recipe {
  const { from: _, ...train } = recipe.train;
  return { ...recipe, train };
}
