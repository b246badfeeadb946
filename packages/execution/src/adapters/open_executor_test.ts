import { expect, test } from "vitest";
import { openExecutor } from "./open_executor.ts";

test("openExecutor() opens the C API and warns of nothing where that works", async () => {
  const warnings: string[] = [];
  const executor = await openExecutor((message) => warnings.push(message));
  expect([executor.name, warnings]).toEqual(["onnx_c", []]);
  await executor.close();
});
