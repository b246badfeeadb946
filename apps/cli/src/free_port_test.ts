import { createServer } from "node:net";
import { expect, test } from "vitest";
import { requireFreePort } from "./free_port.ts";

test.each([6000, 4190, 10080])(
  "requireFreePort() refuses port %d, which browsers and fetch never ask",
  async (port) => {
    await expect(requireFreePort(port)).rejects.toThrow(`--port ${port}: browsers ask nothing of this port`);
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ cause: { message: "bad port" } });
  },
);

test("requireFreePort() refuses a port on which another listens, and lets it be had afterwards", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await expect(requireFreePort(port)).rejects.toThrow("another process listens there");
  await new Promise((resolve) => void server.close(resolve));
  await requireFreePort(port);
  await requireFreePort(port);
});
