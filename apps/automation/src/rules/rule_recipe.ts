import { planTraining, problemsOf, Recipe } from "@millrace/contracts";

/** Why no run can come to its end with a recipe, whatever its sources hold; undefined where none is known. */
export function problemOfRecipe(recipe: Recipe): string | undefined {
  // What a base model is shows only when it is looked at.
  if (recipe.model.from !== undefined) return undefined;
  try {
    planTraining(recipe, 0);
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** Reads the recipe that a rule was kept with, which may be one of an earlier version. @returns The problem in words where it is none. */
export function keptRecipe(bytes: Uint8Array): Recipe | string {
  const written: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const parsed = Recipe.safeParse(written);
  if (parsed.success) return problemOfRecipe(parsed.data) ?? parsed.data;
  return problemsOf(parsed.error, written, Recipe)
    .map(({ message }) => message)
    .join("; ");
}
