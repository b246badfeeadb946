/**
 * Runs graphs through ONNX Runtime's C API, called from the shared library that onnxruntime-node brings. Against that
 * package's own binding (see onnx_node.ts) this gives three things: runs happen on libuv's thread pool and leave the event
 * loop free, outputs are written straight into the caller's memory, and that memory may be shared between threads.
 *
 * libuv's pool has four threads unless UV_THREADPOOL_SIZE says otherwise before the process starts: so many runs are under
 * way at once, the rest wait.
 */
import type { Executor, RuntimeFingerprint, Session, SessionOptions, TensorInfo, TensorView } from "../executor.ts";
import { checkThreads } from "../check_threads.ts";
import { byName, checkViews, type Declared } from "../check_views.ts";
import { elementTypeOf } from "../element_type.ts";
import { probe } from "../probe.ts";
import { loadOrtApi, type OrtApi, type Pointer, pointerArray } from "./ort_api.ts";
import { kernelClass, ortLibraryPath, sha256OfFile } from "./ort_library.ts";
import { sessionLifetime } from "./session_lifetime.ts";
import { sessionSet } from "./session_set.ts";
import { valueCache } from "./value_cache.ts";

// Values of enums in onnxruntime_c_api.h.
const LOG_FATAL = 4;
const EXECUTE_SEQUENTIALLY = 0;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;

type Views = Readonly<Record<string, TensorView>>;

/**
 * Opens ONNX Runtime through its C API.
 * @throws {Error} If this platform has no library or koffi cannot load it.
 */
export function onnxC(): Executor {
  const path = ortLibraryPath();
  const api = loadOrtApi(path);
  // Lesser errors come back as statuses; printing them too would say everything twice.
  const environment = api.create("CreateEnv", LOG_FATAL, "millrace");
  const memory = api.create("CreateCpuMemoryInfo", ARENA_ALLOCATOR, DEFAULT_MEMORY);
  const sessions = sessionSet();
  let fingerprint: Promise<RuntimeFingerprint> | undefined;
  let closed: Promise<void> | undefined;

  const executor: Executor = {
    name: "onnx_c",
    capabilities: { offEventLoop: true, sharedMemory: true, zeroCopyOutputs: true },
    createSession(model, options) {
      return sessions.add(async (onRelease) => {
        checkThreads(options.threads);
        const handle = await loadSession(api, environment, model, options);
        try {
          return openSession(api, memory, handle, onRelease);
        } catch (error) {
          api.release("ReleaseSession", handle);
          throw error;
        }
      });
    },
    fingerprint() {
      fingerprint ??= (async () => ({
        runtime: `onnxruntime ${api.version}`,
        library: await sha256OfFile(path),
        kernelClass: kernelClass(),
        probe: await probe(executor),
      }))();
      return fingerprint;
    },
    close() {
      closed ??= sessions.close().then(() => {
        api.release("ReleaseMemoryInfo", memory);
        api.release("ReleaseEnv", environment);
      });
      return closed;
    },
  };
  return executor;
}

async function loadSession(
  api: OrtApi,
  environment: Pointer,
  model: Uint8Array,
  { threads }: SessionOptions,
): Promise<Pointer> {
  const options = api.create("CreateSessionOptions");
  try {
    api.call("SetIntraOpNumThreads", options, threads);
    api.call("SetInterOpNumThreads", options, 1);
    api.call("SetSessionExecutionMode", options, EXECUTE_SEQUENTIALLY);
    api.call("EnableMemPattern", options);
    // A waiting thread that spins takes the core another leaf or another program could use.
    api.call("AddSessionConfigEntry", options, "session.intra_op.allow_spinning", "0");
    const out = pointerArray(1);
    await api.callAsync(model, "CreateSessionFromArray", environment, model, model.byteLength, options, out);
    return out[0] ?? 0n;
  } finally {
    api.release("ReleaseSessionOptions", options);
  }
}

function openSession(api: OrtApi, memory: Pointer, handle: Pointer, onRelease: () => void): Session {
  const inputs = describe(api, handle, "Input");
  const outputs = describe(api, handle, "Output");
  const names = nativeNames(api, [...inputs, ...outputs]);
  const declaredInputs = byName(inputs);
  const declaredOutputs = byName(outputs);
  const values = valueCache(api, memory);
  const lifetime = sessionLifetime(() => {
    values.release();
    api.release("ReleaseSession", handle);
    onRelease();
  });

  const pointers = (declared: Declared, views: Views): [BigUint64Array, BigUint64Array, number] => {
    const entries = Object.entries(views);
    const namePointers = pointerArray(entries.length);
    const valuePointers = pointerArray(entries.length);
    entries.forEach(([name, view], index) => {
      namePointers[index] = names.pointers.get(name) ?? 0n;
      valuePointers[index] = values.value(declared.get(name) as TensorInfo, view);
    });
    return [namePointers, valuePointers, entries.length];
  };

  const execute = async (feeds: Views, fetches: Views): Promise<void> => {
    const [feedNames, feedValues, feedCount] = pointers(declaredInputs, feeds);
    const [fetchNames, fetchValues, fetchCount] = pointers(declaredOutputs, fetches);
    const views = [feeds, fetches];
    const target = [fetchNames, fetchCount, fetchValues] as const;
    await api.callAsync(views, "Run", handle, null, feedNames, feedValues, feedCount, ...target);
  };

  return {
    inputs,
    outputs,
    run(feeds, fetches) {
      return lifetime.during(() => {
        checkViews(declaredInputs, declaredOutputs, feeds, fetches);
        return execute(feeds, fetches);
      });
    },
    release: () => lifetime.release(),
  };
}

function describe(api: OrtApi, session: Pointer, side: "Input" | "Output"): TensorInfo[] {
  const allocator = api.create("GetAllocatorWithDefaultOptions");
  const count = Number(api.create(`SessionGet${side}Count`, session));
  return Array.from({ length: count }, (_, index) => {
    const namePointer = api.create(`SessionGet${side}Name`, session, index, allocator);
    const name = api.text(namePointer);
    api.call("AllocatorFree", allocator, namePointer);
    const typeInfo = api.create(`SessionGet${side}TypeInfo`, session, index);
    try {
      return { name, ...tensorType(api, name, typeInfo) };
    } finally {
      api.release("ReleaseTypeInfo", typeInfo);
    }
  });
}

function tensorType(api: OrtApi, name: string, typeInfo: Pointer): Omit<TensorInfo, "name"> {
  const tensor = api.create("CastTypeInfoToTensorInfo", typeInfo);
  if (tensor === 0n) throw new TypeError(`createSession: "${name}" of the graph is not a tensor`);
  const code = new Int32Array(1);
  api.call("GetTensorElementType", tensor, code);
  const shape = new BigInt64Array(Number(api.create("GetDimensionsCount", tensor)));
  api.call("GetDimensions", tensor, shape, shape.length);
  return { type: elementTypeOf(code[0] ?? 0), shape: Array.from(shape, Number) };
}

/** Copies names to NUL-terminated UTF-8, which native code reads at every run. */
function nativeNames(api: OrtApi, infos: readonly TensorInfo[]): { pointers: Map<string, Pointer>; bytes: Uint8Array } {
  const encoder = new TextEncoder();
  const offsets = new Map<string, number>();
  const text: number[] = [];
  for (const { name } of infos) {
    offsets.set(name, text.length);
    text.push(...encoder.encode(name), 0);
  }
  const bytes = new Uint8Array(Math.max(text.length, 1024));
  bytes.set(text);
  const start = api.address(bytes);
  return { pointers: new Map([...offsets].map(([name, offset]) => [name, start + BigInt(offset)])), bytes };
}
