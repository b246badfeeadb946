import type { Executor } from "../executor.ts";
import { hostResidents } from "../host_residents.ts";
import { cExecutor, openOrtRuntime } from "./c_executor.ts";
import { kernelClass } from "./ort_library.ts";

/**
 * Opens ONNX Runtime's CPU provider through the C API.
 * @throws {Error} If this platform has no library or koffi cannot load it.
 */
export function onnxC(): Executor {
  const residents = hostResidents();
  return cExecutor(openOrtRuntime(), {
    name: "onnx_c",
    dialect: "onnxruntime",
    deviceMemory: false,
    suffix: "",
    kernelClass: kernelClass(),
    configure() {},
    inTurn: (work) => work(),
    allocate: async (type, shape) => residents.allocate(type, shape),
    resident: residents.viewOf,
    close: async () => {},
  });
}
