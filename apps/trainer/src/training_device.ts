/** Chooses what a training computes on. */
import type { BaseModel, Recipe, StageFailure } from "@millrace/contracts";

/** What nodes compute on: this machine's processor, exactly; or its graphics card, through WebGPU. */
export type TrainingDevice = "cpu" | "webgpu";

/** What was found when WebGPU was tried. */
export type WebGpuFinding =
  /** `isHardware` tells a card from a driver that computes on the processor. */
  { readonly name: string; readonly isHardware: boolean } | { readonly reason: string };

/** Tries WebGPU on this machine. */
export type FindWebGpu = () => Promise<WebGpuFinding>;

/**
 * Chooses the device that a recipe asks for. `auto` is a card where there is one, it can compute all that is asked for, and nothing is
 * dropped, which is slow there.
 * @param base The model that training goes on from, where the recipe names one.
 * @returns The device, or why the one that is wanted cannot be had.
 */
export async function trainingDevice(
  recipe: Recipe,
  find: FindWebGpu,
  base?: Pick<BaseModel, "config">,
): Promise<TrainingDevice | StageFailure> {
  const { device } = recipe.train;
  if (device === "cpu") return "cpu";
  const lacking = lackingOnWebGpu(recipe);
  if (device === "auto" && (lacking !== undefined || isDropping(recipe, base))) return "cpu";
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
  return train.pipelineStages > 1 ? `train.pipelineStages ${train.pipelineStages}` : undefined;
}

function isDropping({ model }: Recipe, base: Pick<BaseModel, "config"> | undefined): boolean {
  const rates = model.dropout === undefined ? Object.values(base?.config.dropout ?? {}) : [model.dropout];
  return rates.some((rate = 0) => rate > 0);
}
