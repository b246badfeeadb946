import { onnxC } from "@millrace/execution/onnx_c";
import { expect, test } from "vitest";
import { openProducts, productRate } from "./product_rate.ts";

test("openProducts() counts the operations of all places", async () => {
  const executor = onnxC();
  const products = await openProducts(executor, 8, 3);
  await products.run();
  expect(products.operations).toBe(3 * 2 * 8 ** 3);
  await products.release();
  await executor.close();
});

test("productRate() takes larger products until they take long enough to be measured, and the best of three", async () => {
  const executor = onnxC();
  // Seconds by the clock for each run: too short for the first size; then 8, 6 and 10 ms.
  const durations = [1, 1, 1, 8, 6, 10];
  let [nowMs, looks] = [0, 0];
  const now = (): number => {
    if (looks++ % 2 === 1) nowMs += durations[(looks >> 1) - 1]!;
    return nowMs;
  };
  expect(await productRate(executor, 1, now)).toBe((2 * 1024 ** 3) / 0.006);
  await executor.close();
});
