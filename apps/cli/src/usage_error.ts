/** The command line, or a file it names, asks for something that cannot be done. Printed without a stack; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
