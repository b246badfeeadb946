/**
 * Test kit for packages that run graphs: a graphics device that needs no card.
 *
 * ```ts
 * import { onnxWebGpu } from "@millrace/execution/onnx_webgpu";
 * import { useSoftwareDevice } from "@millrace/execution/testing";
 *
 * const skipReason = useSoftwareDevice();
 * describe.skipIf(skipReason !== undefined)("on WebGPU", () => {
 *   test("it opens", async () => (await onnxWebGpu()).close());
 * });
 * ```
 * @module
 */
export { useSoftwareDevice } from "./software_device.ts";
