import koffi from "koffi";

/** Native code runs on a stack of koffi's making; its default of 128 KiB is less than ONNX Runtime may assume. */
const STACK_BYTES = 4 * 1024 * 1024;

// koffi unloads a library whose handle is collected, functions that were taken from its table or not.
const NEVER_UNLOADED = new Set<unknown>();

/**
 * Loads a shared library, or what the running program has loaded already (null), for the life of the process. All are loaded here: koffi takes its settings before the first one only.
 * @throws {Error} If it cannot be loaded.
 */
export function loadLibrary(path: string | null): ReturnType<typeof koffi.load> {
  if ((koffi.config().async_stack_size ?? 0) < STACK_BYTES) {
    koffi.config({ sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES });
  }
  const library = koffi.load(path);
  NEVER_UNLOADED.add(library);
  return library;
}
