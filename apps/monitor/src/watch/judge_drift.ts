/** Whether prompts are like the documents that the version was trained on. Prompts are collected into samples, each judged once. */
import type { TrafficWindow } from "@millrace/contracts";
import type { ProfileFeature } from "@millrace/features";
import { populationStability } from "@millrace/statistics";
import { z } from "zod";
import type { Finding, Named } from "./finding.ts";
import { DRIFT } from "./limits.ts";

type PromptCounts = NonNullable<TrafficWindow["prompts"]>["features"];

const count = z.int().nonnegative();

/** Schema of a sample of prompts, counted in the bins of a profile. */
export const promptSampleSchema = z.strictObject({
  start: z.number(),
  end: z.number(),
  features: z.record(z.string(), z.array(count)),
});
export type PromptSample = z.infer<typeof promptSampleSchema>;

/** Schema of the state. */
export const driftStateSchema = z.strictObject({
  /** Profile whose bins are counted in; null before the first prompt. */
  profile: z.string().nullable(),
  collecting: promptSampleSchema.nullable(),
  /** The last full sample. */
  judged: promptSampleSchema.nullable(),
});
export type DriftState = z.infer<typeof driftStateSchema>;

export function initDrift(): DriftState {
  return { profile: null, collecting: null, judged: null };
}

/** Prompts that were counted: of each feature that it has, a prompt is in one bin. */
export function promptsIn(sample: PromptSample | null): number {
  return Math.max(0, ...Object.values(sample?.features ?? {}).map((bins) => bins.reduce((sum, n) => sum + n, 0)));
}

/** Adds prompts to the sample. With another profile it begins anew, since the bins are others. */
export function collectPrompts(
  state: DriftState,
  profile: string,
  prompts: readonly PromptCounts[],
  { start, end }: { readonly start: number; readonly end: number },
): DriftState {
  const known = state.profile === profile ? state : { ...initDrift(), profile };
  const sample = known.collecting ?? { start, end, features: {} };
  const features = { ...sample.features };
  for (const counts of prompts)
    for (const [name, bins] of Object.entries(counts)) features[name] = addBins(features[name] ?? [], bins);
  return { ...known, collecting: { start: sample.start, end, features } };
}

/** A feature of a sample, beside the corpus. */
export interface ComparedFeature {
  readonly name: string;
  readonly index: number;
  readonly threshold: number;
  readonly drifted: boolean;
}

/** Compares a sample with the corpus; features that either side has nothing of are left out. */
export function compareSample(features: readonly ProfileFeature[], sample: PromptSample): ComparedFeature[] {
  return features.flatMap(({ name, counts }) => {
    const prompts = sample.features[name] ?? [];
    if (sum(prompts) === 0 || sum(counts) === 0) return [];
    const { value, noise } = populationStability(counts, prompts, DRIFT.falseAlarmRate);
    const threshold = Math.max(DRIFT.wrongFrom, noise);
    return [{ name, index: value, threshold, drifted: value > threshold }];
  });
}

/** Judges the sample if it is full, and begins the next one. No finding otherwise, or with a profile of a former format. */
export function judgeDrift(
  state: DriftState,
  { model, version }: Named,
  features: readonly ProfileFeature[],
): { readonly state: DriftState; readonly finding: Finding | null } {
  const sample = state.collecting;
  if (sample === null || promptsIn(sample) < DRIFT.leastPrompts) return { state, finding: null };
  const next = { ...state, collecting: null, judged: sample };
  const compared = compareSample(features, sample);
  const worst = compared.toSorted((left, right) => right.index / right.threshold - left.index / left.threshold)[0];
  if (worst === undefined) return { state: next, finding: null };
  const finding: Finding = {
    kind: "drift",
    isWrong: compared.some(({ drifted }) => drifted),
    severity: "warning",
    title: `Prompts of ${model}@${version} are unlike its corpus: ${worst.name}`,
    value: worst.index,
    threshold: worst.threshold,
    evidence: { prompts: promptsIn(sample), ...Object.fromEntries(compared.map(({ name, index }) => [name, index])) },
  };
  return { state: next, finding };
}

function addBins(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, bin) => (a[bin] ?? 0) + (b[bin] ?? 0));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}
