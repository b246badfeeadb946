import { Recipe, withValues } from "@millrace/contracts";
import { suggest } from "@millrace/search";
import { searchOf } from "./settings.ts";

/**
 * The recipes of a search's trials before any has been trained: those of a grid and of random draws are the ones that will be tried, and
 * `tpe` is taken to draw at random to its end. One whose values do not fit each other is left out, as its trial would fail.
 * @param recipe Without a search it is its only trial.
 */
export function expectedTrials(recipe: Recipe): Recipe[] {
  const { search } = recipe;
  if (search === undefined) return [recipe];
  const trials: Recipe[] = [];
  for (let number = 0; number < search.trials; number++) {
    const values = suggest(searchOf(search), number, []);
    if (values === undefined) break;
    const trial = Recipe.safeParse(withValues(recipe, values));
    if (trial.success) trials.push(trial.data);
  }
  return trials;
}
