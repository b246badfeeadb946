/** What a job needs is not there yet, and nothing is wrong: it is tried again later, and no error is counted. */
export class NotYetError extends Error {
  override readonly name = "NotYetError";
}
