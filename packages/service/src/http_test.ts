import { EVENTS } from "@millrace/contracts";
import { sql } from "drizzle-orm";
import type { Database } from "@millrace/database";
import { freshDatabase } from "@millrace/database/testing";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { LOCAL_HOST_NAMES, newApiKey, serviceToken } from "./access.ts";
import { runCommand } from "./command.ts";
import { type Http, needs, readJson, requireRole } from "./http.ts";
import { HttpError } from "./http_error.ts";
import { openAccess } from "./open_access.ts";
import { UnreachableError } from "./peers.ts";
import { defineService } from "./service.ts";
import { HTTP_REQUESTS } from "./service_metrics.ts";
import { testHost, type TestHost } from "./testing/test_host.ts";

let database: Database;
let host: TestHost;
let closed: number;
beforeAll(async () => {
  database = await freshDatabase();
});
afterEach(() => host.close());
afterAll(() => database.close());

async function hostOf(routes: (http: Http) => void): Promise<TestHost> {
  closed = 0;
  host = await testHost({
    database,
    services: (openPorts, access) => [
      defineService(
        { name: "automation", routes, maxBodyBytes: 100, isPublic: (path) => path === "/login" },
        async () => ({ ...(await openPorts()), close: async () => void closed++ }),
        access,
      ),
    ],
  });
  return host;
}

async function errorOf(response: Response) {
  return { status: response.status, ...(await response.json()).error };
}

const Body = z.strictObject({ name: z.string(), steps: z.number().int().positive() });
function post(body: string, headers: HeadersInit = {}): RequestInit {
  return { method: "POST", body, headers: { "content-type": "application/json", ...headers } };
}

test("createHttp() answers health without credentials, and the rest with 401", async () => {
  await hostOf((http) => http.get("/api/automation/runs", (context) => context.json([])));
  const anonymous = { headers: { authorization: "" } };
  expect(await (await host.request("automation", "/healthz", anonymous)).json()).toEqual({ status: "ok" });
  expect(await (await host.request("automation", "/readyz", anonymous)).json()).toEqual({ status: "ready" });
  const refused = await host.request("automation", "/api/automation/runs", anonymous);
  expect((await errorOf(refused)).message).toMatch(/^found no credentials, wanted /);
  const refusedWith = async (authorization: string) =>
    (await errorOf(await host.request("automation", "/api/automation/runs", { headers: { authorization } }))).message;
  expect(await refusedWith(`Bearer mr_${"1".repeat(64)}`)).toMatch(
    /^found a key that is not known here, or has expired/,
  );
  expect(await refusedWith("Basic YTpi")).toMatch(/^found an Authorization header of another form/);
  expect((await host.request("automation", "/api/automation/runs")).status).toBe(200);
});

test("what needs a role is answered 401 without credentials on a public path too", async () => {
  await hostOf((http) => http.get("/login", needs("viewer", "read"), (context) => context.text("in")));
  const refused = await host.request("automation", "/login", { headers: { authorization: "" } });
  expect(await errorOf(refused)).toMatchObject({
    status: 401,
    code: "unauthenticated",
    message: expect.stringMatching(/^found no credentials, wanted /),
  });
  expect((await host.request("automation", "/login")).status).toBe(200);
});

test("createHttp() refuses a foreign host and a page of another origin, and lets a public path pass", async () => {
  await hostOf((http) => http.post("/login", (context) => context.text("in")));
  const rebound = await host.request("automation", "http://evil.example/login", { method: "POST" });
  expect(await errorOf(rebound)).toMatchObject({ status: 421, code: "wrong_host" });
  const page = await host.request("automation", "/login", {
    method: "POST",
    headers: { origin: "http://evil.example" },
  });
  expect(await errorOf(page)).toMatchObject({ status: 403, code: "wrong_origin" });
  const own = await host.request("automation", "/login", {
    method: "POST",
    headers: { origin: "http://127.0.0.1", authorization: "" },
  });
  expect(await own.text()).toBe("in");
});

test("GET /metrics tells a key what happened in its project, a service all of it, and nobody else anything", async () => {
  await hostOf((http) => http.get("/api/automation/runs/:id", (context) => context.json([])));
  const service = await serviceToken("cluster-secret-of-the-tests", "console");
  const asService = (project: string) => ({ authorization: `Bearer ${service}`, "millrace-project": project });
  await host.request("automation", "/api/automation/runs/run-1");
  await host.request("automation", "/api/automation/runs/run-2");
  await host.request("automation", "/api/automation/runs/run-3", { headers: asService("acme") });
  await host.request("automation", "/nowhere/run-4");
  const own = await host.request("automation", "/metrics");
  expect(own.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await own.text();
  const runs = 'method="GET",route="/api/automation/runs/:id"';
  expect(text).toContain(
    `millrace_http_requests_total{service="automation",project="default",${runs},status="200"} 2\n`,
  );
  expect(text).toContain(
    `millrace_http_request_duration_seconds_count{service="automation",project="default",${runs}} 2\n`,
  );
  expect(text).toContain('method="GET",route="/*",status="404"} 1\n');
  expect(text).not.toContain("acme");
  expect(text).not.toContain("run-");
  const all = await host.request("automation", "/metrics", { headers: asService("default") });
  expect(await all.text()).toContain(`project="acme",${runs},status="200"} 1\n`);
  expect((await host.request("automation", "/metrics", { headers: { authorization: "" } })).status).toBe(401);
});

test("createHttp() puts errors into words in one place, and shows nothing of unexpected ones", async () => {
  await hostOf((http) => {
    http.get("/gone", () => {
      throw new HttpError(409, "conflict", "starting a run: found one in flight");
    });
    http.get("/broken", () => {
      throw new Error("password=hunter2");
    });
    http.get("/artifact", async (context) => context.body((await context.var.artifacts.bytes("0".repeat(64))).slice()));
  });
  expect(await errorOf(await host.request("automation", "/gone"))).toMatchObject({ status: 409, code: "conflict" });
  expect(await errorOf(await host.request("automation", "/artifact"))).toMatchObject({
    status: 404,
    code: "not_found",
  });
  expect(await errorOf(await host.request("automation", "/nowhere"))).toMatchObject({ status: 404, code: "not_found" });
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const broken = await host.request("automation", "/broken", { headers: { traceparent } });
  expect(broken.headers.get("x-request-id")).toBe("a".repeat(32));
  const error = await errorOf(broken);
  expect(error.message).toContain(`trace id ${"a".repeat(32)}`);
  expect(error).toMatchObject({ status: 500, code: "internal", traceId: "a".repeat(32) });
  expect(JSON.stringify(error)).not.toContain("hunter2");
  expect(host.logged.find(({ level }) => level === "error")).toMatchObject({
    msg: "request failed",
    traceId: "a".repeat(32),
  });
});

test("readJson() says what is wrong where, and refuses a body that is too large", async () => {
  await hostOf((http) => http.post("/runs", async (context) => context.json(await readJson(context, Body))));
  const sent = await host.request("automation", "/runs", post(`{"name":"a","steps":2}`));
  expect(await sent.json()).toEqual({ name: "a", steps: 2 });
  const wrong = await errorOf(await host.request("automation", "/runs", post(`{"name":"a","steps":"many"}`)));
  expect(wrong).toMatchObject({ status: 400, code: "invalid_request", problems: [{ path: "steps" }] });
  expect(wrong.message).toMatch(/^steps: expected .*found "many"$/);
  const told = async (body: string) => (await errorOf(await host.request("automation", "/runs", post(body)))).message;
  expect(await told('{"name":"a" "steps":2}')).toMatch(
    /^reading the body: wanted JSON, found 22 characters .*position 12/,
  );
  expect(await told("")).toBe("reading the body: wanted JSON, found nothing");
  expect(await told('{"name":"a","step":2}')).toContain('"step"; did you mean "steps"?');
  const emoji = '{"name":"\\ud83d\\ude00","steps":2}';
  expect(await (await host.request("automation", "/runs", post(emoji))).json()).toEqual({ name: "😀", steps: 2 });
  expect(await told('{"name":"\\ud83d","steps":2}')).toBe(
    "name: found half of a surrogate pair, wanted whole characters",
  );
  const binary = { ...post(""), body: Uint8Array.of(0x22, 0xff, 0x22) };
  const unreadable = await errorOf(await host.request("automation", "/runs", binary));
  expect(unreadable).toMatchObject({ status: 400, message: expect.stringContaining("bytes that are not UTF-8") });
  const large = await host.request("automation", "/runs", post(JSON.stringify({ name: "a".repeat(200), steps: 1 })));
  expect(await errorOf(large)).toMatchObject({ status: 413, code: "too_large" });
});

test("createHttp() answers 405 with the methods that a path has", async () => {
  await hostOf((http) => {
    http.post("/runs/:id", (context) => context.json([]));
    http.delete("/runs/:id", (context) => context.json([]));
    http.get("/*", (context, next) => (context.req.path === "/page" ? context.text("page") : next()));
  });
  const refused = await host.request("automation", "/runs/run-1");
  expect(refused.headers.get("allow")).toBe("POST, DELETE");
  expect(await errorOf(refused)).toMatchObject({ status: 405, code: "method_not_allowed" });
  expect((await host.request("automation", "/nowhere", { method: "POST" })).status).toBe(404);
  expect((await host.request("automation", "/runs/run-1", { method: "DELETE" })).status).toBe(200);
});

const UNREADABLE = [
  ["NUL", "%00"],
  ["NUL between letters", "a%00b"],
  ["a lone surrogate", "%ED%A0%80"],
  ["bytes that are no UTF-8", "%FF"],
  ["a percent sign alone", "%"],
  ["5,000 letters", "a".repeat(5000)],
];

test.each(UNREADABLE)(
  "createHttp() answers an address with %s itself: nothing can have such a name",
  async (_, part) => {
    let reached = 0;
    await hostOf((http) => {
      http.get("/runs/:id", (context) => {
        reached++;
        return context.json([]);
      });
    });
    expect(await errorOf(await host.request("automation", `/runs/${part}`))).toMatchObject({ status: 404 });
    const asked = await errorOf(await host.request("automation", `/runs/run-1?after=x&under=${part}`));
    expect(asked).toMatchObject({ status: 400, code: "invalid_request", message: expect.stringMatching(/^under: /) });
    expect((await host.request("automation", `/runs/run-1?${part}=1`)).status).toBe(400);
    expect(reached).toBe(0);
    expect((await host.request("automation", "/runs/%F0%9F%90%8B?under=m%C3%BChle+a%25")).status).toBe(200);
  },
);

test("createHttp() refuses what Postgres cannot keep, wherever in the request it stood", async () => {
  await hostOf((http) => {
    http.post("/text", async (context) => {
      const text = await context.req.text();
      await context.var.ports.database.drizzle.execute(sql`select ${text}::text`);
      return context.json([]);
    });
    http.post("/number", async (context) => {
      await context.var.ports.database.drizzle.execute(sql`select ${await context.req.text()}::int`);
      return context.json([]);
    });
  });
  const nul = await errorOf(await host.request("automation", "/text", post("a\0b")));
  expect(nul).toMatchObject({ status: 400, message: expect.stringContaining("the character NUL") });
  const large = await errorOf(await host.request("automation", "/number", post("99999999999")));
  expect(large).toMatchObject({ status: 400, message: expect.stringContaining("larger than the largest") });
  expect(await errorOf(await host.request("automation", "/number", post("many")))).toMatchObject({ status: 500 });
});

test("createHttp() gives the ports back when the body has been read, or was given up, or the route asks for it", async () => {
  await hostOf((http) => {
    http.get("/early", async (context) => {
      await context.var.closePorts();
      return context.json(closed);
    });
    http.get("/stream", (context) => context.body(new Blob(["one", "two"]).stream()));
    http.get("/endless", (context) =>
      context.body(new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(1)) })),
    );
  });
  const response = await host.request("automation", "/stream");
  expect(closed).toBe(0);
  expect(await response.text()).toBe("onetwo");
  expect(closed).toBe(1);
  await (await host.request("automation", "/endless")).body?.cancel();
  expect(closed).toBe(2);
  expect(await (await host.request("automation", "/early")).json()).toBe(3);
  expect(closed).toBe(3);
});

test("runCommand() takes effect once when the idempotency key is used twice", async () => {
  const { pipelineStart } = EVENTS;
  await hostOf((http) =>
    http.post("/runs/:key", async (context) => {
      requireRole(context, "operator");
      const idempotencyKey = context.req.param("key");
      const command = { name: "start_run", version: 1, idempotencyKey, correlationId: "run-1", subject: "run-1" };
      const { repeated } = await runCommand(context, command, async (effect) => {
        effect.output("start", pipelineStart, pipelineStart.example);
      });
      return context.json({ repeated });
    }),
  );
  const send = async (key: string) => (await host.request("automation", `/runs/${key}`, { method: "POST" })).json();
  expect(await send("a")).toEqual({ repeated: false });
  expect(await send("a")).toEqual({ repeated: true });
  expect(await send("b")).toEqual({ repeated: false });
  await host.events.until(pipelineStart, ({ id }) => id !== host.events.of(pipelineStart)[0]?.id);
  const events = host.events.of(pipelineStart);
  expect(events).toHaveLength(2);
  // A root command carries its own id as its cause.
  expect(events.map(({ id, causationid }) => id === causationid)).toEqual([true, true]);
});

test("peers.fetch() acts as a service in the project that the request names, and a forged token does not", async () => {
  await hostOf((http) => http.get("/whoami", (context) => context.json(context.var.identity)));
  const request = new Request("http://automation/whoami", { headers: { "millrace-project": "acme" } });
  const answer = await host.ports.peers.fetch("automation", request);
  expect(await answer.json()).toEqual({ name: "automation", project: "acme", role: "admin", isService: true });
  await expect(host.ports.peers.fetch("registry", request)).rejects.toThrow(/"registry": this process does not run it/);
  const forged = await serviceToken("another secret", "automation");
  const refused = await host.request("automation", "/whoami", { headers: { authorization: `Bearer ${forged}` } });
  expect(refused.status).toBe(401);
});

test("a request that needs a service which does not answer is answered 503", async () => {
  await hostOf((http) =>
    http.get("/ask", () => {
      throw new UnreachableError('calling service "registry": it does not answer');
    }),
  );
  const answer = await host.request("automation", "/ask");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ error: { code: "unreachable" } });
});

test("/readyz says which of the parts that a service stands on does not answer", async () => {
  await hostOf(() => {});
  const ready = () => host.request("automation", "/readyz", { headers: { authorization: "" } });
  expect((await ready()).status).toBe(200);
  await host.bus.close();
  const without = await ready();
  expect(without.status).toBe(503);
  expect(await without.json()).toEqual({ status: "not ready", reason: "the event bus does not answer" });
});

test("openAccess() lets the key for metrics see those of all projects, and nothing else", async () => {
  const [apiKey, metricsKey] = [newApiKey(), newApiKey()];
  const options = { clusterSecret: "secret", apiKey, metricsKey, user: "admin", hostNames: LOCAL_HOST_NAMES };
  const accessBy = await openAccess({ ...options, now: Date.now });
  host = await testHost({
    database,
    services: (openPorts) => [
      defineService(
        {
          name: "automation",
          routes: (http) =>
            void http.get("/api/automation/runs", needs("viewer", "read"), (context) => context.json([])),
        },
        openPorts,
        accessBy({ fetch: async () => new Response() }),
      ),
    ],
  });
  const other = { service: "automation", project: "other", method: "GET", route: "/", status: "200" };
  host.ports.metrics.add(HTTP_REQUESTS, other);
  const ask = (path: string, key: string) =>
    host.request("automation", path, { headers: { authorization: `Bearer ${key}` } });
  expect(await (await ask("/metrics", metricsKey)).text()).toContain('project="other"');
  expect((await ask("/api/automation/runs", metricsKey)).status).toBe(403);
  expect((await ask("/api/automation/runs", apiKey)).status).toBe(200);
  expect(await (await ask("/metrics", apiKey)).text()).not.toContain('project="other"');
});
