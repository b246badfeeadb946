import { problemOfPlan, type Recipe } from "@millrace/contracts";
import { HttpError } from "@millrace/service";

/** @throws {HttpError} 400 if no training can be planned for the recipe, whatever its sources hold. */
export function refuseImpossible(recipe: Recipe): void {
  const problem = problemOfPlan(recipe);
  if (problem === undefined) return;
  const message = `recipe: ${problem}`;
  throw new HttpError(400, "invalid_request", message, [{ path: "recipe", message }]);
}
