/** What is asked of an installation at a steady rate. */
export interface Scenario {
  /** Of the script in `scenarios/`, which k6 runs. */
  readonly name: string;
  readonly what: string;
  /** Whether a client of our own measures completions meanwhile. */
  readonly isCrossChecked?: boolean;
}

/** In the order they are run: what comes last is heaviest. */
export const SCENARIOS: readonly Scenario[] = [
  { name: "ingestion", what: "search over the corpus, and documents by id" },
  { name: "registry_reads", what: "the list of models, a version by its alias, its lineage" },
  { name: "registry_writes", what: "aliases of a version are set, each read back by its name" },
  { name: "completions", what: "streamed completions of 20 tokens", isCrossChecked: true },
  { name: "overload", what: "more completions than can be answered: each answer is right, or 429 with Retry-After" },
];
