import { checkArray } from "../check_operands.ts";
import { elementCode, type ElementType, type TensorArray } from "../element_type.ts";
import type { ResidentTensor } from "../executor.ts";
import type { OrtRuntime, Provider } from "./c_executor.ts";
import type { OrtApi, Pointer } from "./ort_api.ts";

/** Resident tensors in the memory of a device. */
export type DeviceResidents = Pick<Provider, "allocate" | "resident" | "close">;

/**
 * Makes an empty set.
 * @param allocator The OrtAllocator of the device; freed with the set.
 * @param inTurn Does work that uses the device as soon as it may.
 */
export function deviceResidents(
  { api, environment, hostMemory }: OrtRuntime,
  allocator: Pointer,
  inTurn: Provider["inTurn"],
): DeviceResidents {
  const values = new Map<ResidentTensor, Pointer>();

  const valueOf = (name: string, tensor: ResidentTensor): Pointer => {
    const value = values.get(tensor);
    if (value === undefined)
      throw new TypeError(`"${name}" is a resident tensor that is released or of another executor`);
    return value;
  };

  const free = (tensor: ResidentTensor): void => {
    const value = values.get(tensor);
    values.delete(tensor);
    if (value !== undefined) api.release("ReleaseValue", value);
  };

  const copy = (
    array: TensorArray,
    type: ElementType,
    shape: readonly number[],
    toDevice: boolean,
    tensor: ResidentTensor,
  ) =>
    inTurn(async () => {
      const device = valueOf(toDevice ? "write" : "read", tensor);
      const host = hostValue(api, hostMemory, array, type, shape);
      try {
        const [from, to] = toDevice ? [host, device] : [device, host];
        const pair = [BigUint64Array.of(from), BigUint64Array.of(to)] as const;
        await api.callAsync(array, "CopyTensors", environment, ...pair, null, 1);
      } finally {
        api.release("ReleaseValue", host);
      }
    });

  return {
    resident: valueOf,
    allocate: (type, shape) =>
      inTurn(async () => {
        const value = api.create("CreateTensorAsOrtValue", allocator, ...dimensions(shape), elementCode(type));
        const tensor: ResidentTensor = {
          type,
          shape,
          async write(from) {
            checkArray("write: the array", from, type, shape);
            await copy(from, type, shape, true, tensor);
          },
          async read(into) {
            checkArray("read: the array", into, type, shape);
            await copy(into, type, shape, false, tensor);
          },
          release: () => inTurn(async () => free(tensor)),
        };
        values.set(tensor, value);
        return tensor;
      }),
    close: () =>
      inTurn(async () => {
        for (const tensor of values.keys()) free(tensor);
        api.release("ReleaseAllocator", allocator);
      }),
  };
}

function hostValue(
  api: OrtApi,
  hostMemory: Pointer,
  array: TensorArray,
  type: ElementType,
  shape: readonly number[],
): Pointer {
  const code = elementCode(type);
  const bytes = [api.address(array), array.byteLength] as const;
  return api.create("CreateTensorWithDataAsOrtValue", hostMemory, ...bytes, ...dimensions(shape), code);
}

/** Extents as C takes them. An explicit buffer: V8 may move small typed arrays. */
function dimensions(shape: readonly number[]): [BigInt64Array, number] {
  const sizes = new BigInt64Array(new ArrayBuffer(8 * Math.max(1, shape.length)));
  sizes.set(shape.map(BigInt));
  return [sizes, shape.length];
}
