/**
 * The state machine of a pipeline run, without any input or output: from what a run has reached follows what it does next. Each
 * service closes its own stage with a fact; this decides the command that opens the next one.
 */
import type { EventData, EventDefinition, Recipe, RunState, Stage } from "@millrace/contracts";
import { EVENTS } from "@millrace/contracts";
import type { Facts } from "./facts.ts";

/** What the machine needs to know of a run. */
export interface RunProgress {
  readonly id: string;
  readonly name: string;
  readonly attempt: number;
  readonly recipeRef: EventData<typeof EVENTS.pipelineStart>["recipe"];
  readonly recipe: Recipe;
  readonly facts: Facts;
}

/** A command to publish. */
export interface Command {
  readonly definition: EventDefinition;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Where a run stands and what has to be asked for to get on; no command where it rests. */
export interface Step {
  readonly state: RunState;
  readonly command?: Command;
}

const DEFAULT_PROMPTS: [string, string, string] = ["The ", "To use ", "This "];

/** The stages that this recipe goes through. */
export function stagesOf(recipe: Recipe): readonly Stage[] {
  const corpus: Stage[] = ["collecting", "cleaning", "deduplicating"];
  return recipe.train.enabled ? [...corpus, "tokenizing", "training", "evaluating", "deploying"] : corpus;
}

/**
 * The step that follows from the facts. A run that is resumed asks for the same step under its new attempt.
 * @param run What the run has reached.
 */
export function nextStep(run: RunProgress): Step {
  const { facts, recipe } = run;
  const common = { runId: run.id, attempt: run.attempt };
  if (!facts.collected) return ask("collecting", EVENTS.corpusCollect, { ...common, recipe: run.recipeRef });
  if (!facts.cleaned) {
    return ask("cleaning", EVENTS.corpusClean, { ...common, recipe: run.recipeRef, plan: facts.collected.plan });
  }
  if (!facts.deduplicated) return ask("deduplicating", EVENTS.corpusDeduplicate, { ...common, recipe: run.recipeRef });
  if (!recipe.train.enabled) return { state: "completed" };
  const { corpus, corpusHash } = facts.deduplicated;
  const base = facts.collected.base && { base: facts.collected.base };
  if (!facts.tokenized) {
    return ask("tokenizing", EVENTS.corpusTokenize, { ...common, recipe: run.recipeRef, corpus, ...base });
  }
  const { tokenized, tokenizer } = facts.tokenized;
  const toTrain = { ...common, recipe: run.recipeRef, tokenized, ...base };
  if (recipe.search && !facts.searched) return ask("training", EVENTS.trainingSearch, toTrain);
  // What was found stands in a recipe of its own: the version can be trained again from it alone.
  const recipeRef = facts.searched?.recipe ?? run.recipeRef;
  if (!facts.trained) return ask("training", EVENTS.trainingStart, { ...toTrain, recipe: recipeRef });
  const { checkpoint, config, exact, partial } = facts.trained;
  const adapter = facts.trained.adapter && { adapter: facts.trained.adapter };
  if (!facts.evaluated) {
    const { tasks } = facts.collected;
    const asked = { checkpoint, config, tokenized, corpus, ...(tasks && { tasks }) };
    return ask("evaluating", EVENTS.modelEvaluate, { ...common, ...asked });
  }
  const { evaluation } = facts.evaluated;
  if (!facts.registered) {
    const made = {
      recipe: recipeRef,
      checkpoint,
      config,
      tokenizer,
      corpus,
      corpusHash,
      tokenized,
      ...base,
      ...adapter,
    };
    return ask("deploying", EVENTS.modelRegister, { ...common, model: run.name, ...made, evaluation, exact, partial });
  }
  if (!recipe.deploy.enabled) return { state: "completed" };
  const { model, version } = facts.registered;
  // Told by two events, which come in any order.
  if (!facts.packaged || !facts.deployed) {
    const prompts = recipe.samplePrompts ?? DEFAULT_PROMPTS;
    const { slots, weights, maxBitsPerByte, gates: leastScores, canary } = recipe.deploy;
    const limits = { ...(maxBitsPerByte !== undefined && { maxBitsPerByte }), ...(leastScores && { leastScores }) };
    const made = { checkpoint, config, tokenizer, tokenized, ...base, ...adapter, evaluation };
    const served = { ...made, slots, weights, ...limits, canary, prompts };
    return ask("deploying", EVENTS.modelDeploy, { ...common, model, version, ...served });
  }
  return { state: "serving" };
}

function ask(state: Stage, definition: EventDefinition, data: Record<string, unknown>): Step {
  return { state, command: { definition, data } };
}
