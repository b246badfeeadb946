/**
 * Runs graphs on a graphics card through ONNX Runtime's WebGPU provider, which the library of onnxruntime-node holds together with
 * Dawn. It needs a Vulkan loader and driver on Linux, and what the system has elsewhere.
 *
 * Runs take turns: the sessions of a process share one device, whose commands are recorded in one place.
 */
import { input, onnxModel } from "@millrace/tensor";
import type { Executor } from "../executor.ts";
import { cExecutor, loadSession, openOrtRuntime, type OrtRuntime, type Provider } from "./c_executor.ts";
import { deviceResidents } from "./device_residents.ts";
import type { Pointer } from "./ort_api.ts";
import { takeTurns } from "./turns.ts";
import { webGpuAdapter } from "./webgpu_adapter.ts";

export { webGpuAdapter, type WebGpuAdapter } from "./webgpu_adapter.ts";

const DEVICE_ALLOCATOR = 0;
const DEFAULT_MEMORY = 0;
/** Name of the provider's memory, as its allocator has it. */
const DEVICE_MEMORY = "WebGPU_Buf";

const SETTINGS: Readonly<Record<string, string>> = {
  // Every node on the device, or an error: a node on the processor would copy its operands there and back at every run.
  "session.disable_cpu_ep_fallback": "1",
  // With less, an error of the device goes to the log alone and a run ends with whatever its outputs held.
  "ep.webgpuexecutionprovider.validationMode": "basic",
  // The provider's default lets go of large buffers after every run; making them anew took more than half of a step at 124M parameters.
  "ep.webgpuexecutionprovider.storageBufferCacheMode": "simple",
  // It would join what the lowering of Gemm has taken apart for speed.
  "optimization.disable_specified_optimizers": "GemmTransposeFusion",
};

/**
 * Opens the WebGPU provider.
 * @throws {Error} With the runtime's words, if there is no adapter that Dawn can use.
 */
export async function onnxWebGpu(): Promise<Executor> {
  const runtime = openOrtRuntime();
  const { api } = runtime;
  const configure = (options: Pointer): void => {
    for (const [key, value] of Object.entries(SETTINGS)) api.call("AddSessionConfigEntry", options, key, value);
    api.call("SessionOptionsAppendExecutionProvider", options, "WebGPU", null, null, 0);
  };
  const inTurn = takeTurns();
  // The first session opens the device and the last one closes it; allocators come from sessions.
  const anchor = await openAnchor(runtime, configure);
  const memory = api.create("CreateMemoryInfo", DEVICE_MEMORY, DEVICE_ALLOCATOR, 0, DEFAULT_MEMORY);
  const residents = deviceResidents(runtime, api.create("CreateAllocator", anchor, memory), inTurn);
  api.release("ReleaseMemoryInfo", memory);
  return cExecutor(runtime, {
    ...residents,
    name: "onnx_webgpu",
    dialect: "webgpu",
    deviceMemory: true,
    suffix: " webgpu",
    kernelClass: `webgpu ${webGpuAdapter()?.name ?? process.platform}`,
    configure,
    inTurn,
    async close() {
      await residents.close();
      api.release("ReleaseSession", anchor);
    },
  });
}

async function openAnchor(runtime: OrtRuntime, configure: Provider["configure"]): Promise<Pointer> {
  const x = input("x", "float32", [1]);
  const model = onnxModel({ name: "anchor", inputs: [x], outputs: { y: x } });
  try {
    return await loadSession(runtime, model, { threads: 1 }, configure);
  } catch (error) {
    runtime.close();
    throw error;
  }
}
