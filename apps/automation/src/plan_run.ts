import type { EffectContext } from "@millrace/service";
import { type RunRow, runs } from "./tables.ts";

/**
 * Makes a run's row, unless there is one: by who asks for the run, so that it can be looked at from then on, or by its first event.
 * @returns Whether it was made. Ids are short, for people: to who asks for a new run, false says that its id is another run's.
 */
export async function planRun(
  context: EffectContext,
  run: Pick<RunRow, "id" | "name" | "recipe" | "recipeRef">,
): Promise<boolean> {
  const times = { createdAt: context.now(), updatedAt: context.now() };
  const made = await context.db
    .insert(runs)
    .values({ ...run, project: context.project, state: "planned", attempt: 1, facts: {}, ...times })
    .onConflictDoNothing()
    .returning({ id: runs.id });
  return made.length > 0;
}
