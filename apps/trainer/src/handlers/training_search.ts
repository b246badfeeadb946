import { EVENTS, Recipe } from "@millrace/contracts";
import { onEvent } from "@millrace/service";
import { readJsonArtifact } from "../read_json_artifact.ts";
import { advanceSearch, startTrial } from "../search/advance.ts";
import { listTrials, lockSearch } from "../search/search_store.ts";
import { searches } from "../tables.ts";

/** Begins a search, or goes on with it: trials that have ended stay as they are, the others go on from their checkpoints. */
export const trainingSearch = onEvent({
  name: "training_search",
  version: 1,
  event: EVENTS.trainingSearch,
  prepare: ({ data }, { artifacts }) => readJsonArtifact(artifacts, data.recipe.sha256, Recipe),
  async handle({ data }, context, recipe) {
    const { db, project } = context;
    const { runId, attempt, tokenized, base = null } = data;
    if (recipe.search === undefined) throw new TypeError(`searching for run ${runId}: its recipe has no search`);
    const row = { attempt, section: recipe.search, recipe: data.recipe, tokenized, base, state: "running" as const };
    await db
      .insert(searches)
      .values({ project, runId, ...row })
      .onConflictDoUpdate({ target: [searches.project, searches.runId], set: row });
    const search = await lockSearch(db, project, runId);
    for (const { number, state } of await listTrials(db, project, runId)) {
      if (state === "running") await startTrial(context, search!, number);
    }
    await advanceSearch(context, search!, recipe);
  },
});
