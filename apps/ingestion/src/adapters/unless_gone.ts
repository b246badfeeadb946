/** For what to do without a file that others may have deleted. @throws {unknown} What is not that there is none. */
export function unlessGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}
