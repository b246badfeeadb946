import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { executorContract } from "../testing/executor_contract.ts";
import { product } from "../testing/products.ts";
import { hashProducts } from "../testing/hash_products.ts";
import { onnxC } from "./onnx_c.ts";
import { onnxNode } from "./onnx_node.ts";

executorContract("onnxC()", onnxC);

const HASH_PRODUCTS = fileURLToPath(new URL("../testing/hash_products.ts", import.meta.url));

test("onnxC() leaves the event loop free while a graph runs", async () => {
  const executor = onnxC();
  const { model, feeds, result } = product(1024, 1024, 1024);
  const session = await executor.createSession(model, { threads: 1 });
  const fetches = { c: result() };
  let turns = 0;
  let pending: NodeJS.Immediate;
  const turn = (): void => {
    turns++;
    pending = setImmediate(turn);
  };
  pending = setImmediate(turn);
  await session.run(feeds, fetches);
  clearImmediate(pending);
  // A loop that a run blocks turns once or twice before the run's promise settles.
  expect(turns).toBeGreaterThan(3);
  await executor.close();
});

test("onnxC() reads and writes memory shared between threads, from a worker, in place", async () => {
  const memory = new SharedArrayBuffer(3 * 64);
  new Float32Array(memory).set([1, 2, 3, 4], 0);
  new Float32Array(memory).set([1, 0, 0, 2], 16);
  const source = `
    import { workerData, parentPort } from "node:worker_threads";
    const { onnxC } = await import(workerData.adapter);
    const executor = onnxC();
    const session = await executor.createSession(workerData.model, { threads: 1 });
    const view = (offset) => ({ data: new Float32Array(workerData.memory, offset, 4), shape: [2, 2] });
    await session.run({ a: view(0), b: view(64) }, { c: view(128) });
    await executor.close();
    parentPort.postMessage("done");
  `;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
    workerData: { memory, model: product(2, 2, 2).model, adapter: new URL("./onnx_c.ts", import.meta.url).href },
  });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  expect([...new Float32Array(memory, 128, 4)]).toEqual([1, 4, 3, 8]);
  await worker.terminate();
});

test("onnxC() gives the bits of another process and of the Node binding, for the shapes of every preset", async () => {
  const other = await promisify(execFile)(process.execPath, [HASH_PRODUCTS]);
  const [c, node] = [onnxC(), onnxNode()];
  const own = await hashProducts(c);
  expect(own).toEqual(JSON.parse(other.stdout));
  expect(own).toEqual(await hashProducts(node));
  await Promise.all([c.close(), node.close()]);
});

test("onnxC() gives the same bits when other sessions run at the same time", async () => {
  const executor = onnxC();
  const alone = await hashProducts(executor);
  const together = await Promise.all([hashProducts(executor), hashProducts(executor), hashProducts(executor)]);
  for (const hashes of together) expect(hashes).toEqual(alone);
  await executor.close();
});

test("onnxC() gives back the memory of sessions and views that are let go", async () => {
  const executor = onnxC();
  const { model, feeds, result } = product(256, 256, 256);
  const round = async (): Promise<void> => {
    const session = await executor.createSession(model, { threads: 1 });
    for (let i = 0; i < 4; i++) await session.run(feeds, { c: result() });
    await session.release();
  };
  for (let i = 0; i < 20; i++) await round();
  const before = process.memoryUsage.rss();
  for (let i = 0; i < 200; i++) await round();
  // A session with its arena is well over 1 MiB: 200 that were kept would be several times the bound.
  expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 2 ** 20);
  await executor.close();
});

test("onnxC() keeps library, models and views alive through collections while native code uses them", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const executor = onnxC();
  const loading = executor.createSession(product(8, 8, 8).model, { threads: 1 });
  collect();
  const session = await loading;
  const { feeds } = product(8, 8, 8);
  for (let i = 0; i < 20; i++) {
    const c = { data: new Float32Array(64), shape: [8, 8] };
    const run = session.run({ a: { ...feeds.a!, data: feeds.a!.data.slice() }, b: feeds.b! }, { c });
    collect();
    await run;
    expect(c.data.some((value) => value !== 0)).toBe(true);
  }
  await executor.close();
});

test("onnxC() runs many values through the cache without mixing them up", async () => {
  const executor = onnxC();
  const { model, feeds } = product(4, 4, 4);
  const session = await executor.createSession(model, { threads: 1 });
  const memory = new Float32Array(16 * 64);
  const views = Array.from({ length: 64 }, (_, i) => ({ data: memory.subarray(i * 16, i * 16 + 16), shape: [4, 4] }));
  views.forEach(({ data }, i) => data.fill(0).set([i + 1], 0));
  const c = { data: new Float32Array(16), shape: [4, 4] };
  const b = feeds.b!;
  for (const [i, a] of views.entries()) {
    await session.run({ a, b }, { c });
    expect(c.data[1]).toBe(Math.fround((i + 1) * Number(b.data[1])));
  }
  await executor.close();
});

test("onnxC() computes what createHash of plain arithmetic says of a product of small integers", async () => {
  const executor = onnxC();
  const { model } = product(8, 8, 8);
  const session = await executor.createSession(model, { threads: 1 });
  const a = Float32Array.from({ length: 64 }, (_, i) => (i % 7) - 3);
  const c = new Float32Array(64);
  const shape = [8, 8];
  await session.run({ a: { data: a, shape }, b: { data: a, shape } }, { c: { data: c, shape } });
  const plain = Float32Array.from({ length: 64 }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < 8; k++) sum += a[(i >> 3) * 8 + k]! * a[k * 8 + (i & 7)]!;
    return sum;
  });
  expect(createHash("sha256").update(c).digest("hex")).toBe(createHash("sha256").update(plain).digest("hex"));
  await executor.close();
});
