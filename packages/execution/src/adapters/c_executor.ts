/**
 * Runs graphs through ONNX Runtime's C API, called from the shared library that onnxruntime-node brings. Against that
 * package's own binding (see onnx_node.ts) this gives three things: runs happen on libuv's thread pool and leave the event
 * loop free, outputs are written straight into the caller's memory, and that memory may be shared between threads.
 *
 * libuv's pool has four threads unless UV_THREADPOOL_SIZE says otherwise before the process starts: so many runs are under
 * way at once, the rest wait.
 */
import type { Dialect } from "@millrace/tensor";
import { byName, checkOperands, type Declared, isView, type Operands } from "../check_operands.ts";
import { checkThreads } from "../check_threads.ts";
import { elementTypeOf } from "../element_type.ts";
import type {
  Executor,
  ResidentTensor,
  RuntimeFingerprint,
  Session,
  SessionOptions,
  TensorInfo,
  TensorView,
} from "../executor.ts";
import { probe } from "../probe.ts";
import { loadOrtApi, type OrtApi, type Pointer, pointerArray } from "./ort_api.ts";
import { ortLibraryPath, sha256OfFile } from "./ort_library.ts";
import { sessionLifetime } from "./session_lifetime.ts";
import { sessionSet } from "./session_set.ts";
import { valueCache } from "./value_cache.ts";

// Values of enums in onnxruntime_c_api.h.
const LOG_FATAL = 4;
const EXECUTE_SEQUENTIALLY = 0;
const ARENA_ALLOCATOR = 1;
const DEFAULT_MEMORY = 0;

/** The library, opened. */
export interface OrtRuntime {
  readonly path: string;
  readonly api: OrtApi;
  readonly environment: Pointer;
  /** The OrtMemoryInfo of plain CPU memory. */
  readonly hostMemory: Pointer;
  close(): void;
}

/** What an executor computes on. */
export interface Provider {
  /** Name of the adapter. */
  readonly name: string;
  readonly dialect: Dialect;
  readonly deviceMemory: boolean;
  /** What is added to the runtime's version; empty for none. */
  readonly suffix: string;
  readonly kernelClass: string;
  /** Adds the provider to an OrtSessionOptions. */
  configure(options: Pointer): void;
  /** Does work that uses the provider as soon as it may. */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result>;
  allocate: Executor["allocate"];
  /** What stands for a resident tensor: memory of the host, or an OrtValue. @throws {TypeError} If it is not one of this provider. */
  resident(name: string, tensor: ResidentTensor): TensorView | Pointer;
  /** Frees what the provider holds, after every session is released. */
  close(): Promise<void>;
}

/**
 * Opens ONNX Runtime through its C API.
 * @throws {Error} If this platform has no library or koffi cannot load it.
 */
export function openOrtRuntime(): OrtRuntime {
  const path = ortLibraryPath();
  const api = loadOrtApi(path);
  // Lesser errors come back as statuses; printing them too would say everything twice.
  const environment = api.create("CreateEnv", LOG_FATAL, "millrace");
  const hostMemory = api.create("CreateCpuMemoryInfo", ARENA_ALLOCATOR, DEFAULT_MEMORY);
  // For sessions that take turns; it takes nothing before they run.
  api.call("CreateAndRegisterAllocator", environment, hostMemory, null);
  return {
    path,
    api,
    environment,
    hostMemory,
    close() {
      api.release("ReleaseMemoryInfo", hostMemory);
      api.release("ReleaseEnv", environment);
    },
  };
}

/** Makes the executor of a provider; closing it closes the provider and the runtime. */
export function cExecutor(runtime: OrtRuntime, provider: Provider): Executor {
  const { api, path } = runtime;
  const sessions = sessionSet();
  let fingerprint: Promise<RuntimeFingerprint> | undefined;
  let closed: Promise<void> | undefined;

  const executor: Executor = {
    name: provider.name,
    capabilities: {
      offEventLoop: true,
      sharedMemory: true,
      zeroCopyOutputs: !provider.deviceMemory,
      deviceMemory: provider.deviceMemory,
    },
    dialect: provider.dialect,
    createSession(model, options) {
      return sessions.add(async (onRelease) => {
        checkThreads(options.threads);
        const handle = await provider.inTurn(() => loadSession(runtime, model, options, provider.configure));
        try {
          return openSession(runtime, provider, handle, onRelease);
        } catch (error) {
          api.release("ReleaseSession", handle);
          throw error;
        }
      });
    },
    allocate: provider.allocate,
    fingerprint() {
      fingerprint ??= (async () => ({
        runtime: `onnxruntime ${api.version}${provider.suffix}`,
        library: await sha256OfFile(path),
        kernelClass: provider.kernelClass,
        probe: await probe(executor),
      }))();
      return fingerprint;
    },
    close() {
      closed ??= (async () => {
        await sessions.close();
        await provider.close();
        runtime.close();
      })();
      return closed;
    },
  };
  return executor;
}

/**
 * Loads a model.
 * @param configure Adds a provider to the OrtSessionOptions.
 * @returns The OrtSession.
 */
export async function loadSession(
  { api, environment }: OrtRuntime,
  model: Uint8Array,
  { threads, takesTurns = false }: SessionOptions,
  configure: Provider["configure"],
): Promise<Pointer> {
  const options = api.create("CreateSessionOptions");
  try {
    api.call("SetIntraOpNumThreads", options, threads);
    api.call("SetInterOpNumThreads", options, 1);
    api.call("SetSessionExecutionMode", options, EXECUTE_SEQUENTIALLY);
    // A waiting thread that spins takes the core another leaf or another program could use.
    api.call("AddSessionConfigEntry", options, "session.intra_op.allow_spinning", "0");
    if (takesTurns) api.call("AddSessionConfigEntry", options, "session.use_env_allocators", "1");
    configure(options);
    const out = pointerArray(1);
    await api.callAsync(model, "CreateSessionFromArray", environment, model, model.byteLength, options, out);
    return out[0] ?? 0n;
  } finally {
    api.release("ReleaseSessionOptions", options);
  }
}

function openSession(
  { api, hostMemory }: OrtRuntime,
  provider: Provider,
  handle: Pointer,
  onRelease: () => void,
): Session {
  const inputs = describe(api, handle, "Input");
  const outputs = describe(api, handle, "Output");
  const names = nativeNames(api, [...inputs, ...outputs]);
  const declaredInputs = byName(inputs);
  const declaredOutputs = byName(outputs);
  const values = valueCache(api, hostMemory);
  const lifetime = sessionLifetime(() =>
    provider.inTurn(async () => {
      values.release();
      api.release("ReleaseSession", handle);
      onRelease();
    }),
  );

  /** Names and OrtValues of one side of a run. */
  const pointers = (declared: Declared, operands: Operands): [BigUint64Array, BigUint64Array, number] => {
    const given = Object.keys(operands);
    const namePointers = pointerArray(given.length);
    const valuePointers = pointerArray(given.length);
    given.forEach((name, index) => {
      const operand = operands[name]!;
      const place = isView(operand) ? operand : provider.resident(name, operand);
      namePointers[index] = names.pointers.get(name) ?? 0n;
      valuePointers[index] = typeof place === "bigint" ? place : values.value(declared.get(name) as TensorInfo, place);
    });
    return [namePointers, valuePointers, given.length];
  };

  const bind: Session["bind"] = (feeds, fetches) => {
    checkOperands(declaredInputs, declaredOutputs, feeds, fetches);
    const operands = [feeds, fetches];
    const resolve = () => [pointers(declaredInputs, feeds), pointers(declaredOutputs, fetches)] as const;
    // Views live as long as they are held here; a resident tensor may be released between two runs.
    const isLasting = [...Object.values(feeds), ...Object.values(fetches)].every(isView);
    let resolved: ReturnType<typeof resolve> | undefined;
    const execute = (): Promise<void> => {
      const sides = resolved ?? resolve();
      if (isLasting) resolved = sides;
      const [[feedNames, feedValues, feedCount], [fetchNames, fetchValues, fetchCount]] = sides;
      const target = [fetchNames, fetchCount, fetchValues] as const;
      return api.callAsync(operands, "Run", handle, null, feedNames, feedValues, feedCount, ...target);
    };
    return () => lifetime.during(() => provider.inTurn(execute));
  };

  return {
    inputs,
    outputs,
    run: async (feeds, fetches) => bind(feeds, fetches)(),
    bind,
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
