import type { Figure } from "@millrace/benchmark";

/** A benchmark by name; loaded only when it is run. */
interface Benchmark {
  readonly name: string;
  load(): Promise<{ run(): AsyncIterable<Figure> }>;
}

const servings = () => import("../apps/inference/bench/serving.ts");

/** Every benchmark there is. A name stands for itself and for all below it: `training` runs `training/small` and `training/12m`. */
export const BENCHMARKS: readonly Benchmark[] = [
  { name: "training", load: () => import("../packages/training/bench/training.ts") },
  { name: "nanogpt", load: () => import("../packages/training/bench/nanogpt.ts") },
  { name: "gpu/operations", load: () => import("../packages/execution/bench/gpu_operations.ts") },
  { name: "gpu/models", load: () => import("../packages/training/bench/gpu_models.ts") },
  { name: "gpu/speed", load: () => import("../packages/training/bench/gpu_speed.ts") },
  { name: "gpu/nodes", load: () => import("../apps/trainer/bench/gpu_nodes.ts") },
  { name: "finetuning", load: () => import("../packages/training/bench/finetuning.ts") },
  { name: "precision", load: () => import("../packages/training/bench/precision.ts") },
  { name: "optimiser", load: () => import("../packages/training/bench/optimiser.ts") },
  { name: "exchange", load: () => import("../packages/collective/bench/exchange.ts") },
  { name: "exchange_modes", load: () => import("../apps/trainer/bench/exchange_modes.ts") },
  { name: "nodes", load: () => import("../apps/trainer/bench/nodes.ts") },
  { name: "bus", load: () => import("../packages/bus/bench/bus.ts") },
  { name: "corpus", load: () => import("../packages/corpus/bench/corpus.ts") },
  { name: "corpus/clean", load: () => import("../apps/ingestion/bench/cleaning.ts") },
  { name: "tokenizer", load: () => import("../packages/tokenizer/bench/tokenizer.ts") },
  { name: "verbatim", load: () => import("../apps/feature/bench/verbatim.ts") },
  { name: "serving/demo", load: async () => (await servings()).servingOf("demo") },
  { name: "serving/14m", load: async () => (await servings()).servingOf("14m") },
  { name: "first_render", load: () => import("./first_render.ts") },
  { name: "statistics", load: () => import("../packages/statistics/bench/statistics.ts") },
  { name: "search", load: () => import("../packages/search/bench/search.ts") },
];
