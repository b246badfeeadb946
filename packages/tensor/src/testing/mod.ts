/**
 * Test kit for packages that write graphs: the float64 reference interpreter, one example of every operation, and running a model on
 * ONNX Runtime.
 *
 * ```ts
 * import { evaluate, randomFeed, relativeDistance, runModel } from "@millrace/tensor/testing";
 *
 * const feeds = { x: randomFeed([2, 3], 7) };
 * const [wanted] = evaluate([y], feeds);
 * const { y: found } = await runModel(onnxModel({ name: "test", inputs: [x], outputs: { y } }), feeds);
 * expect(relativeDistance(found!, wanted!)).toBeLessThan(1e-6);
 * ```
 * @module
 */
export type { ReferenceArray } from "../reference/array.ts";
export { evaluate } from "../reference/evaluate.ts";
export { operationCounts } from "./operation_counts.ts";
export { differentiableCases, otherCases, type OperationCase } from "./operation_cases.ts";
export { integerFeed, randomFeed, relativeDistance, runModel } from "./run_model.ts";
export type { Feed } from "./run_model.ts";
