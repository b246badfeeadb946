import type { StoredCorpusProfile } from "./corpus_profile.ts";
import { type Passage, PASSAGE_BINS, RATE_NAMES, ratesOf } from "./passage_rates.ts";

/** One histogram of a corpus that prompts are held against. */
export interface ProfileFeature {
  readonly name: string;
  /** What falls into each bin. */
  readonly bins: readonly string[];
  /** Documents by bin, as long as `bins`. */
  readonly counts: readonly number[];
}

/** The histograms of a profile; none if it is of an older format, which has nothing that prompts compare with. */
export function profileFeatures(profile: StoredCorpusProfile): ProfileFeature[] {
  if (profile.format !== "millrace.corpus-profile.v3") return [];
  return RATE_NAMES.map((name) => {
    const { width, bins } = PASSAGE_BINS[name];
    const bound = (bin: number): string => (bin * width).toFixed(1);
    return {
      name,
      bins: Array.from({ length: bins }, (_, bin) =>
        bin < bins - 1 ? `${bound(bin)} to ${bound(bin + 1)}` : `from ${bound(bin)}`,
      ),
      counts: Array.from({ length: bins }, (_, bin) => profile.passages[name][bin] ?? 0),
    };
  });
}

/**
 * Counts a prompt. Only the counts are kept of it.
 * @param counts By feature; changed in place.
 * @param opening The prompt's `openingOf`, and its tokens.
 */
export function addPrompt(counts: Record<string, number[]>, opening: Passage): void {
  const rates = ratesOf(opening);
  for (const name of RATE_NAMES) {
    const own = (counts[name] ??= []);
    const bin = rates[name].length - 1;
    while (own.length <= bin) own.push(0);
    own[bin] = (own[bin] ?? 0) + 1;
  }
}
