import type { Executor } from "../executor.ts";

/**
 * Opens the best executor this machine can have: the C API, else the Node binding, whose limits every user should hear of.
 * @param warn Told, in one sentence, when the C API could not be had and why.
 * @throws {AggregateError} If neither can be opened.
 */
export async function openExecutor(warn: (message: string) => void): Promise<Executor> {
  let reason: unknown;
  try {
    const { onnxC } = await import("./onnx_c.ts");
    return onnxC();
  } catch (error) {
    reason = error;
  }
  try {
    const { onnxNode } = await import("./onnx_node.ts");
    const executor = onnxNode();
    warn(
      `ONNX Runtime's C API could not be opened (${String(reason)}). Using ${executor.name} instead: runs block the event ` +
        "loop, one at a time, and outputs are copied once more.",
    );
    return executor;
  } catch (error) {
    const message = "opening ONNX Runtime: neither its C API nor its Node binding can be loaded";
    throw new AggregateError([reason, error], message, { cause: error });
  }
}
