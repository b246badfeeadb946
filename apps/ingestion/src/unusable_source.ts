/** A recipe names a path where there is nothing or that it may not, or a pattern that leaves its folder. */
export class UnusableSourceError extends Error {
  override readonly name = "UnusableSourceError";

  constructor(found: string) {
    super(`listing the sources: ${found}`);
  }
}
