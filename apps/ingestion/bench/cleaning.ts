/**
 * Question: what do threads do for cleaning, and for the loop that answers requests meanwhile? Documents: those of the demo. The peer is
 * the same work on the loop itself. Medians of three rounds in one process, each variant after a round of its own to warm
 * up: threads that wait for their turn end, and a round after that measures how they start.
 *
 *     node apps/ingestion/bench/cleaning.ts
 */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { type Figure, rate, typical } from "@millrace/benchmark";
import { Recipe } from "@millrace/contracts";
import { POLICIES } from "@millrace/corpus";
import { parse } from "yaml";
import { cleaningThreads } from "../src/adapters/cleaning_threads.ts";
import { nodeFiles } from "../src/adapters/node_files.ts";
import type { Cleaner } from "../src/cleaner.ts";
import { cleanSources } from "../src/clean_sources.ts";
import { inProcessCleaner } from "../src/in_process_cleaner.ts";
import { planSources } from "../src/plan_sources.ts";

const ROUNDS = 3;
const RECIPE = new URL("../../../recipes/demo.yaml", import.meta.url);
const PEER = "cleaning on the loop itself";

/** Measures throughput, and how late the loop's timers come. */
export async function* run(): AsyncIterable<Figure> {
  const written = Recipe.parse(parse(await readFile(RECIPE, "utf8")));
  const sources = written.sources.map((source) => ({ ...source, path: fileURLToPath(new URL(source.path, RECIPE)) }));
  const files = nodeFiles();
  const plan = await planSources({ ...written, sources }, files, async () => {});
  const bytes = plan.sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const settings = { policy: POLICIES.documentation, languages: [], scrub: true, maxDocumentBytes: 10_000_000 };
  const signal = new AbortController().signal;

  async function once(cleaner: Cleaner): Promise<{ seconds: number; lateMs: number }> {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const start = performance.now();
    const work = { files, cleaner, root: plan.root, sources: plan.sources, settings, signal };
    for await (const cleaned of cleanSources({ ...work, finished: async () => {} })) consumed += Number(cleaned.passed);
    const seconds = (performance.now() - start) / 1000;
    delay.disable();
    return { seconds, lateMs: delay.percentile(99) / 1e6 };
  }

  const pools = [1, 2].map((threads) => cleaningThreads(threads));
  const variants: readonly Cleaner[] = [inProcessCleaner(), ...pools];
  const found = variants.map(() => [] as { seconds: number; lateMs: number }[]);
  for (const [index, cleaner] of variants.entries()) {
    await once(cleaner);
    for (let round = 0; round < ROUNDS; round++) found[index]?.push(await once(cleaner));
  }
  await Promise.all(pools.map((pool) => pool.close()));

  const of = (index: number, key: "seconds" | "lateMs"): number[] => (found[index] ?? []).map((one) => one[key]);
  const megabytes = bytes / 1e6;
  for (const [index, { atOnce: threads }] of pools.entries()) {
    const configuration = { threads, files: plan.sources.length, bytes, cores: availableParallelism() };
    const speed = rate(megabytes, of(index + 1, "seconds"));
    const ratio = speed.value / rate(megabytes, of(0, "seconds")).value;
    yield { name: "corpus/clean", configuration, ...speed, unit: "MB/s", peer: PEER, ratio };
    const late = typical(of(index + 1, "lateMs"));
    const lateness = late.value / typical(of(0, "lateMs")).value;
    yield { name: "corpus/clean loop p99", configuration, ...late, unit: "ms", peer: PEER, ratio: lateness };
  }
}

/** Counts what comes out, so that no work can be left out. */
let consumed = 0;

if (import.meta.main) {
  for await (const figure of run()) console.log(JSON.stringify(figure));
  console.log(`consumed ${consumed}`);
}
