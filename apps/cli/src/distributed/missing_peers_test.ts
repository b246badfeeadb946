import { createLog } from "@millrace/service";
import { serveHttp } from "@millrace/service/node";
import { expect, onTestFinished, test } from "vitest";
import { closedPort } from "../testing/closed_port.ts";
import { tellMissingPeers } from "./missing_peers.ts";

async function serving(status: number): Promise<string> {
  const server = await serveHttp(async () => Response.json({}, { status }), { port: 0 });
  onTestFinished(() => server.close(0));
  return server.url;
}

async function told(addresses: Record<string, string>, signal: AbortSignal): Promise<unknown[]> {
  const lines: string[] = [];
  const log = createLog({ service: "console", sink: (line) => void lines.push(line), now: () => 0 });
  await tellMissingPeers(addresses, log, { tries: 2, everyMs: 1 }, signal);
  return lines.map((line): unknown => JSON.parse(line));
}

test("tellMissingPeers() names each service that does not answer, where it was looked for and what was found", async () => {
  const nobody = `http://127.0.0.1:${await closedPort()}`;
  const addresses = { registry: await serving(200), monitor: await serving(404), trainer: nobody };
  expect(await told(addresses, new AbortController().signal)).toEqual([
    expect.objectContaining({ level: "warn", peer: "monitor", found: "status 404 for /healthz" }),
    expect.objectContaining({
      level: "warn",
      peer: "trainer",
      address: nobody,
      found: expect.stringMatching(/ECONNREFUSED/),
    }),
  ]);
  // A process that ends has nothing to say about it.
  expect(await told(addresses, AbortSignal.abort())).toEqual([]);
});
