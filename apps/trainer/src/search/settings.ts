/** A recipe's section in the words of the search. */
import type { SearchedRange, SearchSection } from "@millrace/contracts";
import type { Dimension, Pruner, Search } from "@millrace/search";

/** What is searched, and how. */
export function searchOf({ space, method, seed }: SearchSection): Search {
  const dimensions = Object.entries(space).map(([key, range]) => [key, dimensionOf(range as SearchedRange)] as const);
  return { space: Object.fromEntries(dimensions), method, seed };
}

function dimensionOf(range: SearchedRange): Dimension {
  if ("choices" in range) return { kind: "categorical", choices: range.choices };
  const [[low, high], kind] =
    "float" in range ? ([range.float, "float"] as const) : ([range.integer, "integer"] as const);
  return { kind, low, high, log: range.log };
}

/** Trials that must have completed before the median says anything. */
const STARTUP_TRIALS = 5;

/**
 * Which trials are given up; undefined where none is.
 * @param validateEvery Steps between validations of the trial.
 */
export function prunerOf({ pruner, minSteps, reduction }: SearchSection, validateEvery: number): Pruner | undefined {
  const least = minSteps ?? validateEvery;
  switch (pruner) {
    case "none":
      return undefined;
    case "asha":
      return { name: "asha", minSteps: least, reduction };
    case "median":
      return { name: "median", startupTrials: STARTUP_TRIALS, warmupSteps: least };
  }
}
