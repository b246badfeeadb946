import { createServer } from "node:net";
import { UsageError } from "./usage_error.ts";

/** Ports that browsers and `fetch` refuse to ask. @see https://fetch.spec.whatwg.org/#port-blocking */
const BLOCKED: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * Listens on a port of 127.0.0.1 for a moment.
 * @throws {UsageError} If it cannot be listened on, e.g. because another process does, or no browser would ask there.
 */
export async function requireFreePort(port: number): Promise<void> {
  if (BLOCKED.has(port))
    throw new UsageError(
      `--port ${port}: browsers ask nothing of this port, which is another protocol's; take another`,
    );
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
