/** What a recipe would do on this machine. */
import type { SkippedFiles, SourcePlan, TrainingPlan } from "@millrace/contracts";
import type { Estimate } from "./estimate.ts";

export interface RunPlan {
  readonly sources: {
    readonly files: number;
    readonly bytes: number;
    readonly shards: number;
    /** Lines that look like conversations. */
    readonly conversations: number;
    /** Too large to be read. What cannot be read for another reason shows only when a run reads it. */
    readonly quarantined: SourcePlan["quarantined"];
    /** Not read for what they are. Undefined: nothing is. */
    readonly skipped: SkippedFiles | undefined;
  };
  /** Likeliest first. One, unless what the recipe leaves open depends on how much of the text is kept. */
  readonly cases: readonly RunCase[];
  /** Why the run cannot reach its end; empty where nothing is known against it. */
  readonly refusals: readonly string[];
  /** What the run may end in, or waste. */
  readonly warnings: readonly string[];
}

/** What follows if cleaning keeps this share of the sources' bytes; how much it keeps is known only afterwards. */
export interface RunCase {
  readonly keptShare: number;
  /** Of a search, the largest of its trials; the estimate is of all. */
  readonly training: (TrainingPlan & { readonly parameters: number; readonly trained: number }) | null;
  readonly estimate: Estimate;
}
