/**
 * Runs ONNX graphs on ONNX Runtime behind one port. The adapters have doors of their own: `@millrace/execution/onnx_c` (the C
 * API), `@millrace/execution/onnx_node` (the Node binding), `@millrace/execution/onnx_webgpu` (a graphics card, through the C API),
 * and `@millrace/execution/open`, which picks between the first two.
 *
 * ```ts
 * import { openExecutor } from "@millrace/execution/open";
 * import { add, input, onnxModel } from "@millrace/tensor";
 *
 * const executor = await openExecutor(console.warn);
 * const inputs = [input("a", "float32", [2]), input("b", "float32", [2])] as const;
 * const model = onnxModel({ name: "sum", inputs, outputs: { sum: add(...inputs) } });
 * const session = await executor.createSession(model, { threads: 1 });
 * const result = new Float32Array(2);
 * const a = { data: Float32Array.of(1, 2), shape: [2] };
 * await session.run({ a, b: a }, { sum: { data: result, shape: [2] } });
 * console.log(result); // Float32Array [ 2, 4 ]
 * await executor.close();
 * ```
 */
export { elementArray } from "./element_type.ts";
export type { ElementType, TensorArray } from "./element_type.ts";
export type {
  BoundRun,
  Executor,
  ExecutorCapabilities,
  Operand,
  ResidentTensor,
  RuntimeFingerprint,
  Session,
  SessionOptions,
  TensorInfo,
  TensorView,
} from "./executor.ts";
export { arithmeticDifference } from "./arithmetic_difference.ts";
