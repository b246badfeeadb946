/** What of a recipe can be refused before anything is read. */
import type { Recipe } from "./recipe.ts";
import { planTraining, SIZES } from "./recipe_defaults.ts";

/** Fits whatever a recipe says beside `model.from`, stages too: what a base model is shows only when it is looked at. */
const ANY_MODEL = {
  config: { architecture: "gpt2", vocabularySize: 1, contextLength: 2 ** 20, layers: 64, heads: 1, width: 1 },
  parameters: 1,
} as const;

/**
 * Why no training can be planned for a recipe, whatever its sources hold; undefined where one can for some size of corpus. What depends on
 * that size, or on a base model, is found when it is known.
 */
export function problemOfPlan(recipe: Recipe): string | undefined {
  const { train } = recipe;
  if (!train.enabled) return undefined;
  const base = recipe.model.from === undefined ? undefined : ANY_MODEL;
  // Beside a base, steps that are derived go with every byte of the corpus: some number of them is whole rounds.
  const areStepsOpen = base !== undefined && train.steps === undefined;
  const asked: Recipe = areStepsOpen ? { ...recipe, train: { ...train, outerEvery: 1 } } : recipe;
  const problems = SIZES.map(({ below }) => {
    try {
      planTraining(asked, Math.min(below - 1, Number.MAX_SAFE_INTEGER), base);
      return undefined;
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
  });
  // The largest model and most steps have most room: what even they do not allow is what is wanted of the recipe.
  return problems.every((problem) => problem !== undefined) ? problems.at(-1) : undefined;
}
