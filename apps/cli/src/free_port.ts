import { createServer } from "node:net";
import { UsageError } from "./usage_error.ts";

/**
 * Listens on a port of 127.0.0.1 for a moment.
 * @throws {UsageError} If it cannot be listened on, e.g. because another process does.
 */
export async function requireFreePort(port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const found = error.code === "EADDRINUSE" ? "another process listens there" : error.message;
      reject(new UsageError(`--port ${port}: ${found}; take another port, or leave it out for any free one`));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}
