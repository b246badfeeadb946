import { tmpdir } from "node:os";
import { join } from "node:path";
import { listenTcp } from "@millrace/collective/tcp";
import { type EventData, EVENTS, type RecipeInput } from "@millrace/contracts";
import { readMigrations } from "@millrace/database/migration_files";
import { createMetrics } from "@millrace/service";
import type { ChildProcess } from "@millrace/service/node";
import { testHost, type TestHost } from "@millrace/service/testing";
import { measureInProcess } from "../runtime/measure_process.ts";
import { processNodes } from "../runtime/supervisor.ts";
import { tensorboardFiles } from "../runtime/tensorboard_files.ts";
import { findWebGpuInProcess } from "../runtime/webgpu_process.ts";
import { createTrainer } from "../service.ts";
import { trainingMeters } from "../training_metrics.ts";
import { SECRET } from "./run_kit.ts";
import { TINY_RECIPE, tinyCorpus, type TinyCorpus } from "./tiny_corpus.ts";
import { sha256 } from "../runtime/sha256.ts";

/** A trainer under test: real node processes, a real measuring process. */
export interface TrainerKit {
  readonly host: TestHost;
  /** Nodes that live, by name; names are unique only within a training. */
  readonly alive: ReadonlySet<ChildProcess>;
  /** Holds the curves of runs that write them; made on first use. */
  readonly curvesFolder: string;
  /** Resolves when no node lives. */
  noneAlive(): Promise<void>;
  /** Stores the tiny corpus under a recipe with other `train` keys. */
  corpus(
    train?: Partial<RecipeInput["train"]>,
    model?: RecipeInput["model"],
    search?: RecipeInput["search"],
  ): Promise<TinyCorpus>;
  /** Asks for a training. */
  start(runId: string, corpus: TinyCorpus, attempt?: number): Promise<void>;
  /** The event of a run, as soon as it is there. */
  completed(runId: string): Promise<EventData<typeof EVENTS.trainingCompleted>>;
  failed(runId: string, attempt?: number): Promise<EventData<typeof EVENTS.stageFailed>>;
}

/**
 * Opens a trainer that runs; close its host after the test.
 * @param programOf Program of the next node. Default: the one that trains language models.
 */
export async function trainerKit(programOf?: () => string | undefined): Promise<TrainerKit> {
  const alive = new Set<ChildProcess>();
  const curvesFolder = join(tmpdir(), `millrace-curves-${crypto.randomUUID()}`);
  const host = await testHost({
    services: (openPorts, access) => [
      createTrainer(openPorts, access, {
        listen: listenTcp,
        hash: sha256,
        clusterSecret: SECRET,
        nodesFor(request) {
          return (name, address) => {
            const main = programOf?.();
            const spawn = processNodes({ ...request, secret: SECRET, ...(main !== undefined && { main }) });
            const node = spawn(name, address);
            alive.add(node);
            void node.exited.then(() => alive.delete(node));
            return node;
          };
        },
        meter: trainingMeters(createMetrics()),
        curves: tensorboardFiles({ folder: curvesFolder, log: { warn() {} }, now: Date.now }),
        findWebGpu: findWebGpuInProcess,
        measure: measureInProcess(() => {}),
      }),
    ],
    migrations: { trainer: await readMigrations("trainer") },
  });
  await host.start();
  return {
    host,
    alive,
    curvesFolder,
    async noneAlive() {
      while (alive.size > 0) await Promise.all([...alive].map((node) => node.exited));
    },
    corpus: (train = {}, model = {}, search) =>
      tinyCorpus(host.artifacts.forProject("default"), {
        model: { ...TINY_RECIPE.model, ...model },
        train: { ...TINY_RECIPE.train, ...train },
        ...(search && { search }),
      }),
    async start(runId, { recipe, tokenized }, attempt = 1) {
      const command = { runId, attempt, recipe, tokenized };
      await host.publish(`${runId} ${attempt}`, EVENTS.trainingStart, command, { correlationid: runId });
    },
    async completed(runId) {
      return (await host.events.until(EVENTS.trainingCompleted, ({ data }) => data.runId === runId)).data;
    },
    async failed(runId, attempt = 1) {
      const wanted = (data: { runId: string; attempt: number }): boolean =>
        data.runId === runId && data.attempt === attempt;
      return (await host.events.until(EVENTS.stageFailed, ({ data }) => wanted(data))).data;
    },
  };
}
