import { createServer } from "node:net";
import { expect, test } from "vitest";
import { reachNats, reachPostgres } from "./servers.ts";

test("a server that does not answer is named with its setting, and its password is not", async () => {
  const host = `127.0.0.1:${await closedPort()}`;
  await expect(reachNats({ servers: host, user: "mill", password: "hunter2" }, "test")).rejects.toThrow(
    new RegExp(`^NATS_URL: reaching ${host}: connect ECONNREFUSED ${host}; wanted[^@]*$`),
  );
  for (const name of [host, host.replace("127.0.0.1", "localhost")]) {
    await expect(reachPostgres(`postgres://mill:hunter2@${name}/nodb`)).rejects.toThrow(
      new RegExp(`^DATABASE_URL: reaching ${name}/nodb: connect ECONNREFUSED [^@]*; wanted[^@]*$`),
    );
  }
});

/** A port that was free a moment ago, and on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
