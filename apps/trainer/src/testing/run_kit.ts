import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { PeerAddress } from "@millrace/collective";
import { listenTcp } from "@millrace/collective/tcp";
import { memoryGenerations } from "../coordinator/generation_memory.ts";
import type {
  Checkpoint,
  CoordinatorPorts,
  NodeHandle,
  TrainingProgress,
  TrainingResult,
} from "../coordinator/ports.ts";
import { runTraining } from "../coordinator/run_training.ts";
import { processNodes } from "../runtime/supervisor.ts";
import type { TrainingDevice } from "../training_device.ts";
import type { TrainingJob } from "../training_job.ts";
import { createRecoveryWatch, type Recovery, type RecoveryWatch } from "./recovery.ts";
import { sha256 } from "../runtime/sha256.ts";

export const SECRET = "a cluster secret for tests, long enough";
const toyMain = fileURLToPath(new URL("./toy_node_main.ts", import.meta.url));

/** Bytes by address, as an artifact store has them. */
export function blobStore(): { put(bytes: Uint8Array): string; read(sha256: string): Promise<Uint8Array> } {
  const held = new Map<string, Uint8Array>();
  return {
    put(bytes) {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      held.set(sha256, bytes);
      return sha256;
    },
    read(sha256) {
      const bytes = held.get(sha256);
      return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`no blob ${sha256}`));
    },
  };
}

/** One run under test: what came out, and what was seen on the way. */
export interface ObservedRun {
  readonly result: TrainingResult;
  readonly checkpoints: readonly Checkpoint[];
  readonly progress: readonly TrainingProgress[];
  readonly log: readonly string[];
  /** Of the harms that were told. */
  readonly recoveries: readonly Recovery[];
}

/** What a disturber has at hand beside signals. */
export interface Hand extends Pick<RecoveryWatch, "harmed"> {
  /** Starts a node that the coordinator knows nothing of, beside those that this kit starts for it. */
  join(name: string): void;
}

/** How a run under test differs from the plain one. */
export interface RunOptions {
  readonly nodes: number;
  readonly store: ReturnType<typeof blobStore>;
  /** Program of the nodes (default: the toy). */
  readonly main?: string;
  readonly ports?: Partial<CoordinatorPorts>;
  /** What nodes compute on (default: the processor). */
  readonly device?: TrainingDevice;
  /** Arithmetic of the node about to start (default: that of all others). */
  probeOf?(name: string): string;
  /** Times as long as usual that a leaf takes on the node about to start (default 1). */
  slownessOf?(name: string): number;
  /** Holds the run at each checkpoint. */
  beforeCheckpoint?(): Promise<void>;
  /** Called on progress with the process ids of the nodes by name: the place to do harm. */
  disturb?(progress: TrainingProgress, pids: ReadonlyMap<string, number>, hand: Hand): void;
}

/** Runs a job with real node processes. */
export async function observeRun(job: TrainingJob, options: RunOptions): Promise<ObservedRun> {
  const { nodes, store, main = toyMain } = options;
  const checkpoints: Checkpoint[] = [];
  const progress: TrainingProgress[] = [];
  const log: string[] = [];
  const pids = new Map<string, number>();
  const recovery = createRecoveryWatch(() => performance.now());
  const { device = "cpu" } = options;
  const joined: NodeHandle[] = [];
  let address: PeerAddress | undefined;
  const hand: Hand = {
    harmed: recovery.harmed,
    join(name) {
      if (address === undefined) throw new RangeError(`node "${name}" is to join: no node was started here before it`);
      const handle = spawn(name, address);
      pids.set(name, handle.pid!);
      joined.push(handle);
    },
  };
  const spawn = processNodes({ secret: SECRET, nodes, main, device, log: (line) => log.push(line) });
  const result = await runTraining(job, {
    listen: listenTcp,
    hash: sha256,
    secret: SECRET,
    nodes,
    spawnNode(name, at) {
      address = at;
      process.env["TOY_PROBE"] = options.probeOf?.(name) ?? "same";
      process.env["TOY_SLOWNESS"] = String(options.slownessOf?.(name) ?? 1);
      const handle = spawn(name, at);
      if (handle.pid !== undefined) pids.set(name, handle.pid);
      return handle;
    },
    generation: memoryGenerations(),
    readBlob: store.read,
    async onCheckpoint(checkpoint) {
      await options.beforeCheckpoint?.();
      store.put(checkpoint.model);
      store.put(checkpoint.state);
      checkpoints.push(checkpoint);
    },
    onProgress(each) {
      progress.push(each);
      recovery.saw(each);
      options.disturb?.(each, pids, hand);
    },
    now: () => performance.now(),
    log: (line) => log.push(line),
    ...options.ports,
  });
  await Promise.all(joined.map(({ exited }) => exited));
  return { result, checkpoints, progress, log, recoveries: recovery.recoveries };
}
