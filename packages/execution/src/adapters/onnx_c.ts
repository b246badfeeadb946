import type { Executor } from "../executor.ts";
import { hostResidents } from "../host_residents.ts";
import { cExecutor, openOrtRuntime } from "./c_executor.ts";
import { kernelClass } from "./ort_library.ts";

/**
 * Opens ONNX Runtime's CPU provider through the C API.
 * @throws {Error} If this platform has no library or koffi cannot load it.
 */
export function onnxC(): Executor {
  const runtime = openOrtRuntime();
  const residents = hostResidents();
  return cExecutor(runtime, {
    name: "onnx_c",
    dialect: "onnxruntime",
    deviceMemory: false,
    suffix: "",
    kernelClass: kernelClass(),
    // A plan of the first run's memory would be kept beside that memory, twice as much in all, and makes no run faster here.
    configure: (options) => runtime.api.call("DisableMemPattern", options),
    inTurn: (work) => work(),
    allocate: async (type, shape) => residents.allocate(type, shape),
    resident: residents.viewOf,
    close: async () => {},
  });
}
