import { EVENTS, Recipe } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { lockRun, moveOn } from "../advance.ts";
import { runs } from "../tables.ts";

/** Makes the run's row and asks for its first stage. */
export const startPipeline = onEvent({
  name: "start_pipeline",
  version: 1,
  event: EVENTS.pipelineStart,
  async prepare({ data }, { artifacts }) {
    return Recipe.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(data.recipe.sha256))));
  },
  async handle({ data }, context, recipe) {
    const times = { createdAt: context.now(), updatedAt: context.now() };
    await context.db
      .insert(runs)
      .values({
        project: context.project,
        id: data.runId,
        name: data.name,
        state: "planned",
        attempt: 1,
        recipeRef: data.recipe,
        recipe,
        facts: {},
        ...times,
      })
      .onConflictDoNothing();
    const run = await lockRun(context, data.runId);
    if (run?.state === "planned") await moveOn(context, run);
  },
});
