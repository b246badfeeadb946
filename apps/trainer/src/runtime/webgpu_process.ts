import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FindWebGpu, WebGpuFinding } from "../training_device.ts";

/** Longest time that a driver may take to open. */
const OPEN_MS = 60_000;

const main = fileURLToPath(new URL("./webgpu_main.ts", import.meta.url));

/** Tries WebGPU in a process of its own: a driver that crashes takes no service with it, and one that opens holds no memory. */
export const findWebGpuInProcess: FindWebGpu = () =>
  new Promise<WebGpuFinding>((resolve) => {
    execFile(process.execPath, [main], { timeout: OPEN_MS }, (error, stdout) => {
      if (error === null) resolve(JSON.parse(stdout) as WebGpuFinding);
      else resolve({ reason: `the process that tried it ended: ${error.message.trim()}` });
    });
  });
