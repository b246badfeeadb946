/** Chooses what a training computes on. */
import type { Recipe, StageFailure } from "@millrace/contracts";

/** What nodes compute on: this machine's processor, exactly; or its graphics card, through WebGPU. */
export type TrainingDevice = "cpu" | "webgpu";

/** What was found when WebGPU was tried. */
export type WebGpuFinding =
  /** `isHardware` tells a card from a driver that computes on the processor. */
  { readonly name: string; readonly isHardware: boolean } | { readonly reason: string };

/** Tries WebGPU on this machine. */
export type FindWebGpu = () => Promise<WebGpuFinding>;

/**
 * Chooses the device that a recipe asks for. `auto` is a card where there is one and it can compute all that is asked for.
 * @returns The device, or why the one that is wanted cannot be had.
 */
export async function trainingDevice(recipe: Recipe, find: FindWebGpu): Promise<TrainingDevice | StageFailure> {
  const { device } = recipe.train;
  if (device === "cpu") return "cpu";
  const lacking = lackingOnWebGpu(recipe);
  if (device === "auto" && lacking !== undefined) return "cpu";
  if (lacking !== undefined) {
    const message = `choosing the device: found ${lacking} with train.device "webgpu", which has no operators for it; wanted it left out, or train.device "cpu"`;
    return { code: "device_unavailable", message };
  }
  const found = await find();
  if (device === "auto") return "isHardware" in found && found.isHardware ? "webgpu" : "cpu";
  if ("name" in found) return "webgpu";
  const message = `choosing the device: train.device is "webgpu", and there is no adapter for it: ${found.reason}; wanted a graphics card with its driver, on Linux libvulkan1 too, or train.device "cpu"`;
  return { code: "device_unavailable", message };
}

function lackingOnWebGpu({ train }: Recipe): string | undefined {
  if (train.exchange === "diloco") return 'train.exchange "diloco"';
  if (train.optimiser === "muon") return 'train.optimiser "muon"';
  return train.pipelineStages > 1 ? `train.pipelineStages ${train.pipelineStages}` : undefined;
}
