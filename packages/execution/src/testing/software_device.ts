import { existsSync } from "node:fs";
import { webGpuAdapter } from "../adapters/webgpu_adapter.ts";

/** Where browsers keep SwiftShader, a Vulkan driver that computes on the processor. */
const DRIVERS = ["/usr/lib/chromium/vk_swiftshader_icd.json", "/opt/google/chrome/vk_swiftshader_icd.json"];

/**
 * Makes SwiftShader the Vulkan driver of this process and its children, so that tests of the WebGPU provider give the same everywhere.
 * To be called before anything loads Vulkan.
 * @returns Why there is none, in a sentence that is also printed; undefined if there is.
 */
export function useSoftwareDevice(): string | undefined {
  const driver = DRIVERS.find((path) => existsSync(path));
  if (driver === undefined) return told("tests of WebGPU are skipped: no browser brings SwiftShader here");
  process.env["VK_DRIVER_FILES"] = driver;
  process.env["VK_ICD_FILENAMES"] = driver;
  if (webGpuAdapter() === undefined) return told("tests of WebGPU are skipped: there is no Vulkan loader (libvulkan1)");
  return undefined;
}

function told(reason: string): string {
  console.warn(reason);
  return reason;
}
