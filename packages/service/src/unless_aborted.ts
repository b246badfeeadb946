/**
 * Waits for what does not fail, but no longer than a signal allows.
 * @throws The signal's reason once it is aborted.
 */
export async function unlessAborted(waiting: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const leave = (): void => aborted.reject(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", leave);
  await Promise.race([waiting, aborted.promise]).finally(() => signal.removeEventListener("abort", leave));
}
