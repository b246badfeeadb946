import { Recipe } from "@millrace/contracts";
import { describe, expect, test } from "vitest";
import { trainingDevice, type WebGpuFinding } from "./training_device.ts";

const CARD: WebGpuFinding = { name: "a card", isHardware: true };
const SOFTWARE: WebGpuFinding = { name: "a driver", isHardware: false };
const NOTHING: WebGpuFinding = { reason: "no adapter" };

function deviceFor(
  train: object,
  found: WebGpuFinding,
  model: object = {},
  base?: Parameters<typeof trainingDevice>[2],
): ReturnType<typeof trainingDevice> {
  return trainingDevice(
    Recipe.parse({ name: "a", sources: [{ path: "docs" }], model, train }),
    async () => found,
    base,
  );
}

describe("trainingDevice()", () => {
  test("trainingDevice() is the processor unless a recipe says otherwise, and then looks for nothing", async () => {
    const recipe = Recipe.parse({ name: "a", sources: [{ path: "docs" }] });
    expect(await trainingDevice(recipe, () => Promise.reject(new Error("it looked")))).toBe("cpu");
  });

  test.each([
    ["a card", CARD, "webgpu"],
    ["a driver that computes on the processor", SOFTWARE, "cpu"],
    ["nothing", NOTHING, "cpu"],
  ])("trainingDevice() makes of auto, with %s", async (_, found, wanted) => {
    expect(await deviceFor({ device: "auto" }, found)).toBe(wanted);
  });

  test("trainingDevice() makes the processor of auto where the card has no operators for what is asked", async () => {
    expect(await deviceFor({ device: "auto", pipelineStages: 2 }, CARD)).toBe("cpu");
  });

  test("trainingDevice() makes the processor of auto where a recipe drops, which is slow on a card, and the card of webgpu", async () => {
    expect(await deviceFor({ device: "auto" }, CARD, { dropout: 0.1 })).toBe("cpu");
    expect(await deviceFor({ device: "auto" }, CARD, { dropout: 0 })).toBe("webgpu");
    expect(await deviceFor({ device: "webgpu" }, CARD, { dropout: 0.1 })).toBe("webgpu");
    const shape = { vocabularySize: 300, contextLength: 16, layers: 1, heads: 2, width: 16 };
    const base = { config: { architecture: "gpt2" as const, ...shape, dropout: { attention: 0.1 } } };
    expect(await deviceFor({ device: "auto" }, CARD, {}, base)).toBe("cpu");
    expect(await deviceFor({ device: "auto" }, CARD, { dropout: 0 }, base)).toBe("webgpu");
  });

  test("trainingDevice() takes any driver for webgpu, and says what is missing without one", async () => {
    expect(await deviceFor({ device: "webgpu" }, SOFTWARE)).toBe("webgpu");
    expect(await deviceFor({ device: "webgpu" }, NOTHING)).toMatchObject({
      code: "device_unavailable",
      message: expect.stringContaining("there is no adapter for it: no adapter; wanted a graphics card") as string,
    });
  });

  test.each([[{ device: "webgpu", pipelineStages: 2 }, 'found train.pipelineStages 2 with train.device "webgpu"']])(
    "trainingDevice() refuses %j on webgpu",
    async (train, message) => {
      expect(await deviceFor(train, CARD)).toMatchObject({
        code: "device_unavailable",
        message: expect.stringContaining(message) as string,
      });
    },
  );

  test("a recipe is told that cuda is reserved", () => {
    const recipe = { name: "a", sources: [{ path: "docs" }], train: { device: "cuda" } };
    const { error } = Recipe.safeParse(recipe);
    expect(error?.issues).toMatchObject([
      { path: ["train", "device"], message: expect.stringContaining('"cuda" is reserved') as string },
    ]);
  });
});
