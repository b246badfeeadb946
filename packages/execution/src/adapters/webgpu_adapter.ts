/**
 * What graphics card there is. ONNX Runtime does not tell which one its provider uses, so the Vulkan loader is asked, which Dawn asks
 * too. The structures are read by their offsets in vulkan_core.h, which never change.
 */
import { loadLibrary } from "./load_library.ts";

/** A card that a WebGPU provider can compute on. */
export interface WebGpuAdapter {
  /** For people, with the driver's version where it is known. */
  readonly name: string;
  /** Whether it is a card, and not a program that computes on the processor. */
  readonly isHardware: boolean;
}

const INSTANCE_CREATE_INFO_BYTES = 64;
const STRUCTURE_TYPE_INSTANCE_CREATE_INFO = 1;
const PROPERTIES_BYTES = 824;
const PROPERTIES = { driverVersion: 4, vendor: 8, type: 16, name: 20, nameBytes: 256 };
/** VkPhysicalDeviceType, best first: discrete, integrated, virtual, other, processor. */
const TYPES = [2, 1, 3, 0, 4];
const PROCESSOR = 4;
const NVIDIA = 0x10de;

/**
 * Finds the adapter that Dawn prefers.
 * @returns Undefined where there is none, or no Vulkan loader.
 */
export function webGpuAdapter(): WebGpuAdapter | undefined {
  if (process.platform === "darwin") return { name: "Metal", isHardware: true };
  if (process.platform !== "linux") return undefined;
  let vulkan: ReturnType<typeof loadLibrary>;
  try {
    vulkan = loadLibrary("libvulkan.so.1");
  } catch {
    return undefined;
  }
  const createInstance = vulkan.func("vkCreateInstance", "int", ["void *", "void *", "void *"]);
  const enumerate = vulkan.func("vkEnumeratePhysicalDevices", "int", ["void *", "void *", "void *"]);
  const properties = vulkan.func("vkGetPhysicalDeviceProperties", "void", ["void *", "void *"]);
  const destroyInstance = vulkan.func("vkDestroyInstance", "void", ["void *", "void *"]);

  const info = new DataView(new ArrayBuffer(INSTANCE_CREATE_INFO_BYTES));
  info.setUint32(0, STRUCTURE_TYPE_INSTANCE_CREATE_INFO, true);
  const instance = new BigUint64Array(new ArrayBuffer(8));
  if (createInstance(new Uint8Array(info.buffer), null, instance) !== 0) return undefined;
  try {
    const count = new Uint32Array(new ArrayBuffer(4));
    if (enumerate(instance[0], count, null) !== 0 || count[0] === 0) return undefined;
    const devices = new BigUint64Array(new ArrayBuffer(8 * (count[0] ?? 0)));
    enumerate(instance[0], count, devices);
    const found = Array.from(devices, (device) => {
      const bytes = new Uint8Array(new ArrayBuffer(PROPERTIES_BYTES));
      properties(device, bytes);
      return readProperties(bytes);
    });
    found.sort((a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
    return found[0] && { name: found[0].name, isHardware: found[0].type !== PROCESSOR };
  } finally {
    destroyInstance(instance[0], null);
  }
}

function readProperties(bytes: Uint8Array): { name: string; type: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = bytes.subarray(PROPERTIES.name, PROPERTIES.name + PROPERTIES.nameBytes);
  const name = new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
  const driver = driverVersion(view.getUint32(PROPERTIES.driverVersion, true), view.getUint32(PROPERTIES.vendor, true));
  return { name: `${name}, driver ${driver}`, type: view.getUint32(PROPERTIES.type, true) };
}

/** NVIDIA packs its versions in a way of its own; others as Vulkan packs versions. */
function driverVersion(packed: number, vendor: number): string {
  if (vendor === NVIDIA) return [packed >>> 22, (packed >>> 14) & 0xff, (packed >>> 6) & 0xff].join(".");
  return [packed >>> 22, (packed >>> 12) & 0x3ff, packed & 0xfff].join(".");
}
