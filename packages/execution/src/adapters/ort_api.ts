/**
 * The part of ONNX Runtime's C API that we call, as TypeScript functions.
 *
 * `OrtGetApiBase` gives a table of function pointers whose order never changes (onnxruntime_c_api.h, "ABI compatibility":
 * entries are only appended), so a position in the table is as good as a name. Pointers are bigints; a parameter that C
 * writes through is a typed array. Every call that can fail returns a status, which becomes an Error here.
 */
import koffi from "koffi";
import { loadLibrary } from "./load_library.ts";

/** A pointer as a number. */
export type Pointer = bigint;

/** The table's version we ask for; every entry used below is of this version or older (ONNX Runtime 1.23). */
const API_VERSION = 23;

type Argument = Pointer | number | string | Uint8Array | BigUint64Array | BigInt64Array | Int32Array | null;
type Native = ((...parameters: Argument[]) => Pointer | null) & {
  async(...parameters: [...Argument[], (error: unknown, status: Pointer | null) => void]): void;
};

/** One entry of the table: its position and the C types of its parameters. */
const FUNCTIONS = {
  CreateEnv: [3, ["int", "str", "void *"]],
  CreateSessionFromArray: [8, ["void *", "void *", "size_t", "void *", "void *"]],
  Run: [9, ["void *", "void *", "void *", "void *", "size_t", "void *", "size_t", "void *"]],
  CreateSessionOptions: [10, ["void *"]],
  SetSessionExecutionMode: [13, ["void *", "int"]],
  DisableMemPattern: [17, ["void *"]],
  SetIntraOpNumThreads: [24, ["void *", "int"]],
  SetInterOpNumThreads: [25, ["void *", "int"]],
  SessionGetInputCount: [30, ["void *", "void *"]],
  SessionGetOutputCount: [31, ["void *", "void *"]],
  SessionGetInputTypeInfo: [33, ["void *", "size_t", "void *"]],
  SessionGetOutputTypeInfo: [34, ["void *", "size_t", "void *"]],
  SessionGetInputName: [36, ["void *", "size_t", "void *", "void *"]],
  SessionGetOutputName: [37, ["void *", "size_t", "void *", "void *"]],
  CreateTensorAsOrtValue: [48, ["void *", "void *", "size_t", "int", "void *"]],
  CreateTensorWithDataAsOrtValue: [49, ["void *", "void *", "size_t", "void *", "size_t", "int", "void *"]],
  CastTypeInfoToTensorInfo: [55, ["void *", "void *"]],
  GetTensorElementType: [60, ["void *", "void *"]],
  GetDimensionsCount: [61, ["void *", "void *"]],
  GetDimensions: [62, ["void *", "void *", "size_t"]],
  CreateMemoryInfo: [68, ["str", "int", "int", "int", "void *"]],
  CreateCpuMemoryInfo: [69, ["int", "int", "void *"]],
  AllocatorFree: [76, ["void *", "void *"]],
  GetAllocatorWithDefaultOptions: [78, ["void *"]],
  AddSessionConfigEntry: [130, ["void *", "str", "str"]],
  CreateAllocator: [131, ["void *", "void *", "void *"]],
  CreateAndRegisterAllocator: [144, ["void *", "void *", "void *"]],
  SessionOptionsAppendExecutionProvider: [216, ["void *", "str", "void *", "void *", "size_t"]],
  CopyTensors: [386, ["void *", "void *", "void *", "void *", "size_t"]],
} as const;

/** Entries that free what others made; they return nothing. */
const RELEASES = {
  ReleaseEnv: 92,
  ReleaseMemoryInfo: 94,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseTypeInfo: 98,
  ReleaseSessionOptions: 100,
  ReleaseAllocator: 132,
} as const;

const GET_ERROR_MESSAGE = 2;
const RELEASE_STATUS = 93;

/**
 * Makes room for pointers. V8 keeps typed arrays of up to 64 bytes inside its heap and may move them while native code writes;
 * an explicit buffer never moves.
 */
export function pointerArray(length: number): BigUint64Array {
  return new BigUint64Array(new ArrayBuffer(8 * length));
}

/** The functions of one loaded library. */
export interface OrtApi {
  readonly version: string;
  /** Calls and waits. @throws {Error} `<name>: <the runtime's message>`. */
  call(name: keyof typeof FUNCTIONS, ...parameters: Argument[]): void;
  /**
   * Calls on a thread of libuv's pool.
   * @param held Whatever native code will reach through addresses alone: kept from collection until the call has ended.
   */
  callAsync(held: unknown, name: keyof typeof FUNCTIONS, ...parameters: Argument[]): Promise<void>;
  /** Calls a function whose last parameter is `T **` and returns the pointer it wrote. */
  create(name: keyof typeof FUNCTIONS, ...parameters: Argument[]): Pointer;
  release(name: keyof typeof RELEASES, pointer: Pointer): void;
  /** Address of the first byte of a view; stable while the view's buffer lives. */
  address(view: ArrayBufferView): Pointer;
  /** Reads a NUL-terminated UTF-8 string. */
  text(pointer: Pointer): string;
}

/**
 * Loads the shared library and binds the functions.
 * @param path Path of `libonnxruntime`.
 * @throws {Error} If the library cannot be loaded or is older than the table we need.
 */
export function loadOrtApi(path: string): OrtApi {
  const library = loadLibrary(path);
  const base: Pointer = library.func("OrtGetApiBase", "void *", [])();
  const [getApi, getVersion] = koffi.decode(base, "void *", 2) as [Pointer, Pointer];
  const version: string = koffi.decode(getVersion, koffi.proto("str", []))();
  const api: Pointer | null = koffi.decode(getApi, koffi.proto("void *", ["uint32_t"]))(API_VERSION);
  if (api === null) {
    throw new Error(`loading ${path}: ONNX Runtime ${version} has no API version ${API_VERSION}`);
  }
  const table = koffi.decode(api, "void *", FUNCTIONS.CopyTensors[0] + 1) as Pointer[];
  const bind = (index: number, result: string, parameters: readonly string[]): Native =>
    koffi.decode(table[index], koffi.proto(result, [...parameters])) as Native;

  const functions = Object.fromEntries(
    Object.entries(FUNCTIONS).map(([name, [index, parameters]]) => [name, bind(index, "void *", parameters)]),
  ) as Record<keyof typeof FUNCTIONS, Native>;
  const releases = Object.fromEntries(
    Object.entries(RELEASES).map(([name, index]) => [name, bind(index, "void", ["void *"])]),
  ) as Record<keyof typeof RELEASES, Native>;
  const errorMessage = koffi.decode(table[GET_ERROR_MESSAGE], koffi.proto("str", ["void *"])) as (p: Pointer) => string;
  const releaseStatus = bind(RELEASE_STATUS, "void", ["void *"]);

  const check = (name: string, status: Pointer | null): void => {
    if (status === null) return;
    const message = errorMessage(status);
    releaseStatus(status);
    throw new Error(`${name}: ${message}`);
  };
  const inFlight = new Set<unknown>();
  const call: OrtApi["call"] = (name, ...parameters) => check(name, functions[name](...parameters));

  return {
    version,
    call,
    callAsync(held, name, ...parameters) {
      const flight = [held, parameters];
      inFlight.add(flight);
      return new Promise((resolve, reject) => {
        functions[name].async(...parameters, (error, status) => {
          inFlight.delete(flight);
          try {
            if (error) throw error;
            check(name, status);
            resolve();
          } catch (failure) {
            reject(failure);
          }
        });
      });
    },
    create(name, ...parameters) {
      const out = pointerArray(1);
      call(name, ...parameters, out);
      return out[0] ?? 0n;
    },
    release: (name, pointer) => void releases[name](pointer),
    address: (view) => koffi.address(view),
    text: (pointer) => koffi.decode.string(pointer),
  };
}
