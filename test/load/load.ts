/** A scenario from its arrivals to what was wrong. */
import { agree, measureCompletions, type Medians } from "./cross_check.ts";
import { type Found, type Load, runK6 } from "./run_k6.ts";
import type { Scenario } from "./scenarios.ts";
import type { Target } from "./target.ts";

export interface Outcome {
  readonly scenario: Scenario;
  readonly found: Found;
  /** What our own client measured meanwhile. */
  readonly beside: Medians | undefined;
  /** In words; empty when everything held. */
  readonly faults: readonly string[];
}

/** Runs a scenario and looks at what came. */
export async function load(scenario: Scenario, target: Target, options: Load): Promise<Outcome> {
  const over = new AbortController();
  const measuring = scenario.isCrossChecked ? measureCompletions(target, over.signal) : undefined;
  // It is awaited below; until then its failure is no unhandled one.
  measuring?.catch(() => {});
  const found = await runK6(scenario.name, target, options).finally(() => over.abort());
  const beside = await measuring;
  return { scenario, found, beside, faults: faultsOf(found, options.times === "judged" ? beside : undefined) };
}

function faultsOf({ metrics, checks }: Found, beside: Medians | undefined): string[] {
  const wrong = checks.filter(({ fails }) => fails > 0).map(({ name, fails }) => `${fails} x not so: ${name}`);
  const missed = Object.entries(metrics).flatMap(([name, { thresholds = {} }]) =>
    Object.entries(thresholds)
      .filter(([, { ok }]) => !ok)
      .map(([threshold]) => `${name}: ${threshold} is missed`),
  );
  const compared: [string, number | undefined, number | undefined][] = [
    ["first token", metrics["first_token"]?.values["med"], beside?.firstToken],
    ["per token", metrics["per_token"]?.values["med"], beside?.perToken],
  ];
  const disagreeing = compared.flatMap(([measure, one = Number.NaN, other]) =>
    other === undefined || agree(one, other)
      ? []
      : [`${measure}: k6 measured ${one.toFixed(1)} ms in the median, our own client ${other.toFixed(1)} ms`],
  );
  return [...wrong, ...missed, ...disagreeing];
}
