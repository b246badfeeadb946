import { EVENTS, Recipe } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { lockRun, moveOn } from "../advance.ts";
import { planRun } from "../plan_run.ts";

/** Makes the run's row, unless it is there, and asks for its first stage. */
export const startPipeline = onEvent({
  name: "start_pipeline",
  version: 1,
  event: EVENTS.pipelineStart,
  async prepare({ data }, { artifacts }) {
    return Recipe.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(data.recipe.sha256))));
  },
  async handle({ data }, context, recipe) {
    await planRun(context, { id: data.runId, name: data.name, recipe, recipeRef: data.recipe });
    const run = await lockRun(context, data.runId);
    if (run?.state === "planned" && run.attempt === 1) await moveOn(context, run);
  },
});
