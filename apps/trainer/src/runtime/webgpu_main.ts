/** Opens WebGPU, says what it found as one line of JSON, ends. */
import { onnxWebGpu, webGpuAdapter } from "@millrace/execution/onnx_webgpu";
import type { WebGpuFinding } from "../training_device.ts";

async function tried(): Promise<WebGpuFinding> {
  try {
    const executor = await onnxWebGpu();
    await executor.close();
  } catch (error) {
    return { reason: error instanceof Error ? error.message.trim() : String(error) };
  }
  const { name, isHardware } = webGpuAdapter() ?? { name: process.platform, isHardware: false };
  return { name, isHardware };
}

console.log(JSON.stringify(await tried()));
