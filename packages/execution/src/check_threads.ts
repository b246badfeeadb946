/**
 * Checks the threads of a session: runtimes take 0 for "as many as there are cores", on which results would depend.
 * @throws {RangeError} If it is no positive integer.
 */
export function checkThreads(threads: number): void {
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`createSession: ${threads} threads, wanted a positive integer`);
  }
}
