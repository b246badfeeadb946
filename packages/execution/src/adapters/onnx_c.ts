/**
 * Runs graphs through ONNX Runtime's C API, called from the shared library that onnxruntime-node brings. Against that
 * package's own binding (see onnx_node.ts) this gives three things: runs happen on libuv's thread pool and leave the event
 * loop free, outputs are written straight into the caller's memory, and that memory may be shared between threads.
 *
 * libuv's pool has four threads unless UV_THREADPOOL_SIZE says otherwise before the process starts: so many runs are under
 * way at once, the rest wait.
 */
import type { Executor, RuntimeFingerprint, Session, SessionOptions, TensorInfo, TensorView } from "../executor.ts";
import { checkViews } from "../check_views.ts";
import { elementTypeOf } from "../element_type.ts";
import { probe } from "../probe.ts";
import { loadOrtApi, type OrtApi, type Pointer, pointerArray } from "./ort_api.ts";
import { kernelClass, ortLibraryPath, sha256OfFile } from "./ort_library.ts";
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
  const sessions = new Set<Session>();
  let fingerprint: Promise<RuntimeFingerprint> | undefined;
  let closed = false;

  const executor: Executor = {
    name: "onnx_c",
    capabilities: { offEventLoop: true, sharedMemory: true, zeroCopyOutputs: true },
    async createSession(model, options) {
      if (closed) throw new Error("createSession: the executor is closed");
      const handle = await loadSession(api, environment, model, options);
      const session = openSession(api, memory, handle, () => sessions.delete(session));
      sessions.add(session);
      return session;
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
    async close() {
      if (closed) return;
      closed = true;
      await Promise.all([...sessions].map((session) => session.release()));
      api.release("ReleaseMemoryInfo", memory);
      api.release("ReleaseEnv", environment);
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
  const infos = new Map([...inputs, ...outputs].map((info) => [info.name, info]));
  const values = valueCache(api, memory);
  const running = new Set<Promise<void>>();
  let released: Promise<void> | undefined;

  const pointers = (views: Views): [BigUint64Array, BigUint64Array, number] => {
    const entries = Object.entries(views);
    const namePointers = pointerArray(entries.length);
    const valuePointers = pointerArray(entries.length);
    entries.forEach(([name, view], index) => {
      namePointers[index] = names.pointers.get(name) ?? 0n;
      valuePointers[index] = values.value(infos.get(name) as TensorInfo, view);
    });
    return [namePointers, valuePointers, entries.length];
  };

  const execute = async (feeds: Views, fetches: Views): Promise<void> => {
    const [feedNames, feedValues, feedCount] = pointers(feeds);
    const [fetchNames, fetchValues, fetchCount] = pointers(fetches);
    const views = [feeds, fetches];
    const target = [fetchNames, fetchCount, fetchValues] as const;
    await api.callAsync(views, "Run", handle, null, feedNames, feedValues, feedCount, ...target);
  };

  return {
    inputs,
    outputs,
    async run(feeds, fetches) {
      if (released) throw new Error("run: the session is released");
      checkViews(inputs, outputs, feeds, fetches);
      const run = execute(feeds, fetches);
      running.add(run);
      try {
        await run;
      } finally {
        running.delete(run);
      }
    },
    release() {
      released ??= (async () => {
        await Promise.allSettled(running);
        values.release();
        api.release("ReleaseSession", handle);
        onRelease();
      })();
      return released;
    },
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
