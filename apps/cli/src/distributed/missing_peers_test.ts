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
  await tellMissingPeers(addresses, log, { forMs: 10, everyMs: 1, answerMs: 5000 }, signal);
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

test("tellMissingPeers() asks for so long and not so often: an address that never answers is told of as soon as others", async () => {
  let asked = 0;
  const never = Promise.withResolvers<Response>();
  const server = await serveHttp(
    () => {
      asked++;
      return never.promise;
    },
    { port: 0 },
  );
  onTestFinished(async () => {
    never.resolve(new Response());
    await server.close(0);
  });
  const lines: string[] = [];
  const log = createLog({ service: "console", sink: (line) => void lines.push(line), now: () => 0 });
  const patience = { forMs: 20, everyMs: 1, answerMs: 50 };
  await tellMissingPeers({ trainer: server.url }, log, patience, new AbortController().signal);
  expect([asked, lines.length]).toEqual([1, 1]);
});
