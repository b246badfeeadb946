import type { DriftView } from "@millrace/contracts";
import { compareSample, type DriftState, promptsIn, type PromptSample } from "./watch/judge_drift.ts";
import type { KnownProfile } from "./watch/judge_window.ts";
import { DRIFT } from "./watch/limits.ts";

/** What is known of a version's prompts, for people: the last full sample, or what has been collected of the first. */
export function driftOf(
  drift: DriftState | undefined,
  profile: KnownProfile | undefined,
): Omit<DriftView, "model" | "version"> {
  const sample = drift?.judged ?? drift?.collecting ?? null;
  const isJudged = drift != null && drift.judged !== null;
  const base = {
    collected: promptsIn(drift?.collecting ?? null),
    wanted: DRIFT.leastPrompts,
    falseAlarmRate: DRIFT.falseAlarmRate,
    window: sample && { start: new Date(sample.start).toISOString(), end: new Date(sample.end).toISOString() },
  };
  if (sample === null || profile === undefined) return { ...base, state: "unknown", drifted: false, features: [] };
  if (profile.features.length === 0) return { ...base, state: "no_features", drifted: false, features: [] };
  const features = featuresOf(profile, sample, isJudged);
  return {
    ...base,
    state: isJudged ? "judged" : "collecting",
    drifted: features.some(({ drifted }) => drifted),
    features,
  };
}

function featuresOf({ features }: KnownProfile, sample: PromptSample, isJudged: boolean): DriftView["features"] {
  const compared = isJudged ? compareSample(features, sample) : [];
  return features.map(({ name, bins, counts }) => {
    const found = compared.find((one) => one.name === name);
    return {
      name,
      bins: [...bins],
      corpus: [...counts],
      prompts: bins.map((_, bin) => sample.features[name]?.[bin] ?? 0),
      index: found?.index ?? null,
      threshold: found?.threshold ?? null,
      drifted: found?.drifted ?? false,
    };
  });
}
