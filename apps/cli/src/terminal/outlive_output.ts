/**
 * What a command prints is lost where it cannot be written, and the command goes on: it may own a data folder, serve, or be half way
 * through a restore, which all end in order or not at all. That a reader leaves, as `| head` does, is no mistake and is not told.
 * @param stream Its later writes may succeed again.
 * @param tell Hears of the first other mistake, such as a full disk.
 */
export function outliveOutput(stream: NodeJS.EventEmitter, tell: (message: string) => void): void {
  let isTold = false;
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || isTold) return;
    isTold = true;
    tell(`writing output failed: ${error.message}; what is printed is lost until it can be written`);
  });
}
