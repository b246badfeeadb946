/**
 * Language models of the GPT-2 and Llama kind as ONNX graphs: one definition for training, serving and export.
 *
 * ```ts
 * import { initialParameters, parameterLayout, trainingGraph, type ModelConfig } from "@millrace/transformer";
 *
 * const config: ModelConfig = {
 *   architecture: "gpt2", vocabularySize: 65, contextLength: 64, layers: 4, heads: 4, width: 128,
 * };
 * const parameters = initialParameters(config, 1);
 * const { model } = trainingGraph(config, { batch: 12 });
 * for (const { name, shape, offset, size } of parameterLayout(config)) {
 *   console.log(name, shape, parameters.subarray(offset, offset + size)); // what to feed as the input `name`
 * }
 * ```
 * @module
 */
export {
  type AdapterConfig,
  adapterCount,
  adapterLayout,
  adapterModules,
  initialAdapters,
  mergeAdapters,
  trainedLayout,
} from "./adapters.ts";
export { checkModelConfig, resolveModel } from "./config.ts";
export type { ModelConfig, ResolvedModel } from "./config.ts";
export { exportGraph } from "./export_graph.ts";
export { huggingFaceAdapterConfig, huggingFaceConfig, huggingFaceGenerationConfig } from "./hugging_face_config.ts";
export type { SpecialTokenIds } from "./hugging_face_config.ts";
export { readHuggingFaceConfig } from "./hugging_face_reader.ts";
export type { HuggingFaceModel } from "./hugging_face_reader.ts";
export { initialParameters } from "./initial_parameters.ts";
export { logitsGraph } from "./logits_graph.ts";
export type { LogitsOptions } from "./logits_graph.ts";
export { operationsPerToken } from "./operations_per_token.ts";
export { parameterCount, parameterLayout, parameterVectorSize, vectorSize } from "./parameter_layout.ts";
export type { Parameter } from "./parameter_layout.ts";
export {
  headGraph,
  headParameters,
  passageParameters,
  sharedTable,
  stageBackwardGraph,
  stageForwardGraph,
} from "./stage_graphs.ts";
export type { StageOptions } from "./stage_graphs.ts";
export { modelStages } from "./stages.ts";
export type { ReadParameters, Stage } from "./stages.ts";
export { scoresGraph } from "./scores_graph.ts";
export { servingGraph } from "./serving_graph.ts";
export type { ServingOptions } from "./serving_graph.ts";
export {
  activationBytes,
  flatLossGraph,
  flatTrainingGraph,
  hasDropout,
  lossGraph,
  tracedGraph,
  trainingGraph,
} from "./training_graph.ts";
export type { BatchOptions, Graph, TracedGraph } from "./training_graph.ts";
export { phaseOf, trainingPhases } from "./training_phases.ts";
