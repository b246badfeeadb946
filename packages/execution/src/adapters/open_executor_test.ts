import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openExecutor } from "./open_executor.ts";

test("openExecutor() opens the C API and warns of nothing where that works", async () => {
  const warnings: string[] = [];
  const executor = await openExecutor((message) => warnings.push(message));
  expect([executor.name, warnings]).toEqual(["onnx_c", []]);
  await executor.close();
});

/** Opens an executor in a process in which the named packages cannot be found. */
async function openWithout(packages: readonly string[]): Promise<string[]> {
  const hook = `
    import { registerHooks } from "node:module";
    registerHooks({
      resolve(name, context, next) {
        if (${JSON.stringify(packages)}.includes(name)) throw new Error("no " + name + " on this platform");
        return next(name, context);
      },
    });`;
  const program = `
    import { openExecutor } from ${JSON.stringify(new URL("./open_executor.ts", import.meta.url).href)};
    const said = [];
    try {
      const executor = await openExecutor((message) => said.push(message));
      said.push(executor.name, (await executor.fingerprint()).probe.length);
      await executor.close();
    } catch (error) {
      said.push(error.name, error.message, ...error.errors.map((reason) => reason.message));
    }
    console.log(JSON.stringify(said));`;
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--import",
    url,
    "--input-type=module",
    "--eval",
    program,
  ]);
  return JSON.parse(stdout) as string[];
}

test("openExecutor() opens the Node binding, says why and what that costs, when koffi cannot be loaded", async () => {
  const [warning, name, probeLength] = await openWithout(["koffi"]);
  expect(warning).toContain("no koffi on this platform");
  expect(warning).toContain("Using onnx_node instead: runs block the event loop");
  expect([name, probeLength]).toEqual(["onnx_node", 64]);
});

test("openExecutor() rejects with both reasons when neither can be loaded", async () => {
  const said = await openWithout(["koffi", "onnxruntime-node"]);
  expect(said).toEqual([
    "AggregateError",
    "opening ONNX Runtime: neither its C API nor its Node binding can be loaded",
    "no koffi on this platform",
    "no onnxruntime-node on this platform",
  ]);
});
