import { type EventData, EVENTS } from "@millrace/contracts";

/** The facts that move a run, by the word they are kept under. */
export const FACT_EVENTS = {
  collected: EVENTS.corpusCollected,
  cleaned: EVENTS.corpusCleaned,
  deduplicated: EVENTS.corpusDeduplicated,
  tokenized: EVENTS.corpusTokenized,
  searched: EVENTS.trainingSearched,
  trained: EVENTS.trainingCompleted,
  evaluated: EVENTS.modelEvaluated,
  registered: EVENTS.modelRegistered,
  packaged: EVENTS.modelPackaged,
  deployed: EVENTS.modelDeployed,
} as const;

export type FactName = keyof typeof FACT_EVENTS;

/** Facts that a stage ends with: where the project has no room, the next one is not begun. */
export const STAGE_ENDS: readonly FactName[] = [
  "collected",
  "cleaned",
  "deduplicated",
  "tokenized",
  "trained",
  "evaluated",
];

/** What a run has reached so far: the data of each fact. */
export type Facts = { readonly [Name in FactName]?: EventData<(typeof FACT_EVENTS)[Name]> };
