import { serveHttp, type HttpServer } from "@millrace/service/node";
import { SERVICE_NAMES } from "@millrace/contracts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startFront } from "./front.ts";
import type { RunningProcess } from "./service_process.ts";

let service: HttpServer;
let front: RunningProcess;
/** What the service is asked, but for the front's own question whether it is there. */
const seen: Request[] = [];

beforeAll(async () => {
  service = await serveHttp(
    async (request) => {
      if (!request.url.endsWith("/healthz")) seen.push(request);
      const { pathname } = new URL(request.url);
      if (pathname === "/stream") return new Response(endless());
      if (pathname === "/moved") return new Response(null, { status: 303, headers: { location: "/there" } });
      return Response.json({ path: pathname, body: await request.text() }, { headers: { "set-cookie": "a=b" } });
    },
    { port: 0 },
  );
  const addresses = Object.fromEntries(SERVICE_NAMES.map((name) => [name, service.url])) as Record<
    (typeof SERVICE_NAMES)[number],
    string
  >;
  const peers = { ...addresses, inference: "http://127.0.0.1:9" };
  const own = "https://localhost";
  front = await startFront(
    { MILLRACE_PEERS: peers, MILLRACE_PUBLIC_ADDRESS: own },
    { listen: { port: 0 }, logSink: () => {}, now: Date.now },
  );
});
afterAll(async () => {
  await front.stop();
  await service.close(0);
});

let left = Promise.withResolvers<void>();
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
    cancel: () => left.resolve(),
  });
}

/** Asks the front under the name that users know. */
const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(new URL(path, front.address.replace("127.0.0.1", "localhost")), { redirect: "manual", ...init });

test("the front passes method, path, query, body and headers on, and the answer back", async () => {
  const answer = await ask("/api/registry/models?x=1", {
    method: "POST",
    body: "content",
    headers: { authorization: "Bearer mr_1" },
  });
  expect(await answer.json()).toEqual({ path: "/api/registry/models", body: "content" });
  expect(answer.headers.get("set-cookie")).toBe("a=b");
  const request = seen.at(-1) as Request;
  expect(request.url).toBe(`${service.url}/api/registry/models?x=1`);
  expect(request.headers.get("authorization")).toBe("Bearer mr_1");
});

test("the front leaves redirects to the browser", async () => {
  const answer = await ask("/moved");
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/there"]);
});

const post = (origin: string): Promise<Response> => ask("/theme", { method: "POST", headers: { origin } });

test("the front lets pages of its public address alone change something, and tells the service so", async () => {
  expect((await post("https://localhost")).status).toBe(200);
  expect(seen.at(-1)?.headers.get("origin")).toBe(service.url);
  const refused = await post("https://elsewhere.example.org");
  expect(refused.status).toBe(403);
  expect(await refused.json()).toMatchObject({ error: { code: "wrong_origin" } });
});

test("the front refuses requests for another host, but for its health", async () => {
  expect((await fetch(`${front.address}/api/registry/models`)).status).toBe(421);
  expect((await fetch(`${front.address}/healthz`)).status).toBe(200);
});

test("the front answers 502 when a service does not", async () => {
  const answer = await ask("/v1/models");
  expect(answer.status).toBe(502);
  expect(await answer.json()).toEqual({
    error: { code: "unreachable", message: "inference does not answer now; try again" },
  });
});

test("the front passes a stream on as it comes, and leaves when the reader does", async () => {
  left = Promise.withResolvers();
  const leaving = new AbortController();
  const answer = await ask("/stream", { signal: leaving.signal });
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
  leaving.abort();
  await left.promise;
});
