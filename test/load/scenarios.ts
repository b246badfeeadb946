import type { Scenario } from "./scenario.ts";
import { completions, overload } from "./scenarios/completions.ts";
import { ingestion } from "./scenarios/ingestion.ts";
import { registryReads, registryWrites } from "./scenarios/registry.ts";

/** In the order they are run: what comes last is heaviest. */
export const SCENARIOS: readonly Scenario[] = [ingestion, registryReads, registryWrites, completions, overload];
