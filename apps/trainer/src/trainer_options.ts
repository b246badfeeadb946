import type { Listen } from "@millrace/collective";
import type { CoordinatorPorts } from "./coordinator/ports.ts";
import type { Hash } from "./hash.ts";
import type { Measure } from "./evaluation/measure.ts";
import type { CurvesRequest, TrainingCurves } from "./training_curves.ts";
import type { FindWebGpu, TrainingDevice } from "./training_device.ts";
import type { TrainingMeter } from "./training_metrics.ts";

/** What a fleet of nodes is started for. */
export interface NodesRequest {
  readonly nodes: number;
  readonly device: TrainingDevice;
  /** Threads of one leaf. */
  readonly leafThreads: number;
  /** Takes lines that nodes write. */
  log(line: string): void;
}

/** What the trainer needs besides the ports of every service. */
export interface TrainerOptions {
  /** Listens for nodes. */
  readonly listen: Listen;
  /** Proves nodes and coordinator to each other. */
  readonly clusterSecret: string;
  /** Starts the nodes of a run. */
  readonly nodesFor: (request: NodesRequest) => CoordinatorPorts["spawnNode"];
  readonly hash: Hash;
  /** Address to listen on for nodes; they must reach it (default 127.0.0.1). */
  readonly host?: string;
  /** Notes a training of a project; they come one after another. */
  readonly meter: (project: string) => TrainingMeter;
  /** Takes down the curves of a training whose recipe asks for it. */
  readonly curves: (request: CurvesRequest) => TrainingCurves;
  /** Tries what recipes with another device than the processor ask for. */
  readonly findWebGpu: FindWebGpu;
  /** Measures a model, off this event loop. */
  readonly measure: Measure;
}
