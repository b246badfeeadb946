/**
 * PGlite's file system throws objects that are no `Error`s and hold a number alone: that of WASI, which Emscripten uses.
 * @see https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno
 */
const WASI_ERRORS: Readonly<Record<number, string>> = {
  2: "EACCES: permission denied",
  19: "EDQUOT: the disk quota is used up",
  29: "EIO: the disk failed to read or write",
  33: "EMFILE: too many open files",
  51: "ENOSPC: no space left on the disk",
  63: "EPERM: not permitted",
  69: "EROFS: the file system is read-only",
};

/**
 * Says why the embedded database could not be opened.
 * @param place Its folder; undefined in memory.
 * @param error What PGlite threw.
 */
export function openingFailed(place: string | undefined, error: unknown): Error {
  const attempt = `opening the embedded database${place === undefined ? "" : ` in ${place}`}`;
  return new Error(`${attempt}: ${reasonOf(error)}`, { cause: error });
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  const number = typeof error === "object" && error !== null && "errno" in error ? Number(error.errno) : undefined;
  if (number === undefined) return JSON.stringify(error);
  return WASI_ERRORS[number] ?? `WASI's error ${number}`;
}
