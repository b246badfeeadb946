import { expect, test } from "vitest";
import { executorContract } from "../testing/executor_contract.ts";
import { product } from "../testing/products.ts";
import { onnxNode } from "./onnx_node.ts";

executorContract("onnxNode()", onnxNode);

test("onnxNode() refuses shared memory, as its capabilities say", async () => {
  const executor = onnxNode();
  const { model, feeds } = product(2, 2, 2);
  const session = await executor.createSession(model, { threads: 1 });
  const c = { data: new Float32Array(new SharedArrayBuffer(16)), shape: [2, 2] };
  expect(executor.capabilities.sharedMemory).toBe(false);
  await expect(session.run(feeds, { c })).rejects.toThrow("SharedArrayBuffer");
  await executor.close();
});
