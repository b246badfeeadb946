import type { TensorInfo, TensorView } from "../executor.ts";
import { elementCode } from "../element_type.ts";
import type { OrtApi, Pointer } from "./ort_api.ts";

/** OrtValues over callers' memory, made once for each place and shape. */
export interface ValueCache {
  /** The OrtValue for a view that `checkOperands` has passed. It lives as long as the view's buffer, or until `release`. */
  value(info: TensorInfo, view: TensorView): Pointer;
  release(): void;
}

/**
 * Makes an empty cache. A training step names the same hundreds of views again and again: looking one up is several times
 * cheaper than three native calls. Buffers are held weakly, so a view that is used once costs nothing after it is collected.
 * @param memory The OrtMemoryInfo of plain CPU memory.
 */
export function valueCache(api: OrtApi, memory: Pointer): ValueCache {
  type Values = Map<string, Pointer>;
  const byBuffer = new WeakMap<ArrayBufferLike, Values>();
  const live = new Set<Values>();
  const free = (values: Values): void => {
    for (const value of values.values()) api.release("ReleaseValue", value);
    values.clear();
    live.delete(values);
  };
  const collected = new FinalizationRegistry(free);

  return {
    value(info, { data, shape }) {
      let values = byBuffer.get(data.buffer);
      if (values === undefined) {
        values = new Map();
        byBuffer.set(data.buffer, values);
        live.add(values);
        collected.register(data.buffer, values);
      }
      const key = `${info.type} ${data.byteOffset} ${shape}`;
      let value = values.get(key);
      if (value === undefined) {
        const sizes = BigInt64Array.from(shape, BigInt);
        const code = elementCode(info.type);
        value = api.create(
          "CreateTensorWithDataAsOrtValue",
          memory,
          api.address(data),
          data.byteLength,
          sizes,
          shape.length,
          code,
        );
        values.set(key, value);
      }
      return value;
    },
    release() {
      for (const values of live) free(values);
    },
  };
}
