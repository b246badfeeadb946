/**
 * Training of a language model on one node: the replica that computes leaves and applies steps, checkpoints, schedules. How nodes
 * exchange sums is the business of `@millrace/collective`.
 *
 * ```ts
 * import { openExecutor } from "@millrace/execution/open";
 * import { createReplica, leafVectors, trainStep } from "@millrace/training";
 *
 * const executor = await openExecutor(console.warn);
 * const replica = await createReplica({
 *   executor,
 *   config: { architecture: "gpt2", vocabularySize: 8, contextLength: 8, layers: 1, heads: 1, width: 16 },
 *   training: {
 *     seed: 1, steps: 20, leaves: 2, leafBatch: 2, leafThreads: 1, learningRate: 0.01, finalLearningRate: 0.001,
 *     warmupSteps: 2, weightDecay: 0.1, beta1: 0.9, beta2: 0.99, clip: 1,
 *   },
 *   tokens: Uint16Array.from({ length: 400 }, (_, i) => i % 7),
 *   validation: { tokens: Uint16Array.of(7, 0, 1, 2, 3, 4, 5, 6), endOfText: 7 },
 *   concurrency: 2,
 * });
 * const vectors = leafVectors(replica, 2);
 * for (let step = 0; step < 20; step++) console.log((await trainStep(replica, step, vectors)).loss);
 * const { model } = replica.exportCheckpoint(20); // the bytes of model.safetensors
 * await replica.close();
 * await executor.close();
 * ```
 */
export { ARITHMETIC_REVISION } from "./arithmetic.ts";
export { checkModelFolder } from "./check_model_folder.ts";
export { type Checkpoint, readAdapters, readModel, writeModel } from "./checkpoint.ts";
export { createDilocoReplica, type DilocoReplica } from "./diloco_replica.ts";
export { type EarlyStopping, NO_VALIDATION_YET, shouldStop, updateEarlyStopping } from "./early_stopping.ts";
export {
  describeModelFolder,
  type DescribedModel,
  type FolderFiles,
  type ImportedModel,
  readModelFolder,
  readModelParts,
} from "./hugging_face_folder.ts";
export { eventFileHeader, eventRecord, type EventScalars } from "./event_file.ts";
export { type LossSum, sumLosses } from "./loss_sum.ts";
export { openProducts, productRate, type Products } from "./product_rate.ts";
export { createReplica } from "./replica.ts";
export type { Replica, ReplicaOptions } from "./replica_port.ts";
export {
  readSafetensors,
  type SafetensorsArray,
  type SafetensorsFile,
  type SafetensorsTensor,
  writeSafetensors,
} from "./safetensors.ts";
export { learningRateAt, type LearningRateSchedule } from "./schedule.ts";
export { cutCheckpoint, joinCheckpoints } from "./stage_checkpoint.ts";
export { PipelineBrokenError, type StageLabel, type StageLink } from "./stage_link.ts";
export { createStageReplica, type StageReplica, type StageReplicaOptions } from "./stage_replica.ts";
export { markedWindows } from "./marked_windows.ts";
export { NonFiniteGradientError, type StepReport } from "./step_scale.ts";
export type { TokenStream } from "./token_stream.ts";
export { leafVectors, trainStep } from "./train_step.ts";
export type { TrainingConfig } from "./training_config.ts";
export { type TokenMarks, validationWindows, type ValidationWindow } from "./validation_windows.ts";
