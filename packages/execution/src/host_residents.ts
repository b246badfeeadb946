import { checkArray, elementsOf, isView } from "./check_operands.ts";
import { elementArray, type ElementType } from "./element_type.ts";
import type { Operand, ResidentTensor, TensorView } from "./executor.ts";

/** The resident tensors of an executor that computes on plain memory. */
export interface HostResidents {
  allocate(type: ElementType, shape: readonly number[]): ResidentTensor;
  /** The memory of an operand. @throws {TypeError} If it is a resident tensor that is released or of another executor. */
  viewOf(name: string, operand: Operand): TensorView;
}

/** Makes an empty set. */
export function hostResidents(): HostResidents {
  const views = new WeakMap<ResidentTensor, TensorView>();
  const viewOf: HostResidents["viewOf"] = (name, operand) => {
    if (isView(operand)) return operand;
    const view = views.get(operand);
    if (view === undefined)
      throw new TypeError(`"${name}" is a resident tensor that is released or of another executor`);
    return view;
  };
  return {
    viewOf,
    allocate(type, shape) {
      const Memory = elementArray(type);
      const length = elementsOf(shape);
      const data = new Memory(new ArrayBuffer(length * Memory.BYTES_PER_ELEMENT), 0, length);
      const tensor: ResidentTensor = {
        type,
        shape,
        async write(from) {
          checkArray("write: the array", from, type, shape);
          (viewOf("write", tensor).data as Float32Array).set(from as Float32Array);
        },
        async read(into) {
          checkArray("read: the array", into, type, shape);
          (into as Float32Array).set(viewOf("read", tensor).data as Float32Array);
        },
        async release() {
          views.delete(tensor);
        },
      };
      views.set(tensor, { data, shape });
      return tensor;
    },
  };
}
