/** The gateway when replicas die, versions come and go, and clients leave; real processes, real sockets. */
import OpenAI from "openai";
import { EVENTS, RouteList } from "@millrace/contracts";
import { type Service, serviceToken } from "@millrace/service";
import { type HttpServer, serveHttp } from "@millrace/service/node";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { refusal } from "./testing/refusal.ts";
import { SECRET, type ServingHost, servingHost } from "./testing/serving_host.ts";
import { storeTinyPackage, TINY_CONTEXT, TINY_SLOTS } from "./testing/tiny_package.ts";

let serving: ServingHost;
let client: OpenAI;
beforeAll(async () => {
  serving = await servingHost();
  await serving.load(1);
  await serving.route(1, 100);
  client = new OpenAI({ apiKey: serving.host.apiKey, baseURL: `${serving.server.url}/v1`, maxRetries: 0 });
});
afterAll(() => serving.close());

const ask = { model: "docs@1", prompt: "the mill", max_tokens: 8, seed: 7, logit_bias: { "0": -100 } };
/** As far as the context goes, but for its prompt. */
const endless = { ...ask, max_tokens: TINY_CONTEXT - 16 };

const PATIENCE = { timeout: 30_000 };

async function routes(): Promise<RouteList["routes"]> {
  return RouteList.parse(await (await serving.host.request("inference", "/api/inference/routes")).json()).routes;
}

async function replica(version = 1): Promise<{ state: string; slots: number; busy: number } | undefined> {
  return (await routes()).find((route) => route.version === version)?.replicas[0];
}

const latest = (version = 1): number => serving.pids(version).at(-1) ?? 0;

test("a request that waits for its first token when the replica is killed is answered by the next one", async () => {
  const wanted = await client.completions.create(ask);
  const before = latest();
  process.kill(before, "SIGSTOP");
  const waiting = client.completions.create(ask);
  await expect.poll(() => replica(), PATIENCE).toMatchObject({ busy: 1 });
  process.kill(before, "SIGKILL");
  expect((await waiting).choices).toEqual(wanted.choices);
  expect(latest()).not.toBe(before);
});

test("a stream that has begun ends with an error when the replica is killed", async () => {
  const stream = await client.completions.create({ ...endless, stream: true });
  const read = (async () => {
    let chunks = 0;
    for await (const chunk of stream) {
      if (chunks++ === 0) process.kill(latest(), "SIGKILL");
      expect(chunk.choices[0]?.finish_reason).toBe(null);
    }
  })();
  await expect(read).rejects.toMatchObject({ code: "replica_lost", type: "server_error" });
  expect((await client.completions.create(ask)).choices).toHaveLength(1);
});

test("what a client that has left asked for is ended, streamed or not", async () => {
  const leave = new AbortController();
  const stream = await client.completions.create({ ...endless, n: TINY_SLOTS, stream: true }, { signal: leave.signal });
  const first = await stream[Symbol.asyncIterator]().next();
  expect(first.done).toBe(false);
  process.kill(latest(), "SIGSTOP");
  const whole = client.completions.create(endless, { signal: leave.signal });
  const refused = expect(whole).rejects.toThrow("aborted");
  try {
    await expect.poll(() => replica(), PATIENCE).toMatchObject({ busy: TINY_SLOTS });
    leave.abort();
    await refused;
    // The replica stands still: only leaving can give the slots back.
    await expect.poll(() => replica(), PATIENCE).toMatchObject({ busy: 0 });
  } finally {
    process.kill(latest(), "SIGCONT");
  }
  expect((await client.completions.create(ask)).choices).toHaveLength(1);
});

test("a full queue answers 429 with Retry-After, and those in it are answered", async () => {
  process.kill(latest(), "SIGSTOP");
  const places = TINY_SLOTS * 9;
  const crowd = client.completions.create({ ...ask, n: places });
  try {
    await expect.poll(() => replica(), PATIENCE).toMatchObject({ busy: TINY_SLOTS });
    const error: unknown = await client.completions.create(ask).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ code: "queue_full", type: "rate_limit_error" });
    expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers?.get("retry-after")).toBe("1");
  } finally {
    process.kill(latest(), "SIGCONT");
  }
  expect((await crowd).choices).toHaveLength(places);
});

test("GET /api/inference/routes tells what is served and how it went", async () => {
  expect(await routes()).toMatchObject([
    {
      model: "docs",
      version: 1,
      percent: 100,
      replicas: [{ id: "docs@1/1", state: "ready", slots: TINY_SLOTS, busy: 0 }],
      requestsPerMinute: expect.toSatisfy((requests: number) => requests > 0) as number,
      timeToFirstTokenP95Ms: expect.toSatisfy((ms: number) => ms > 0) as number,
    },
  ]);
});

test("an alias of the registry names its version", async () => {
  expect((await client.completions.create({ ...ask, model: "docs@live" })).model).toBe("docs@1");
  await expect(client.completions.create({ ...ask, model: "docs@unknown" })).rejects.toMatchObject({
    status: 404,
    code: "model_not_found",
  });
});

test("another project sees none of it", async () => {
  const headers = { authorization: `Bearer ${await serviceToken(SECRET, "console")}`, "millrace-project": "other" };
  const models = await serving.host.request("inference", "/v1/models", { headers });
  expect(await models.json()).toEqual({ object: "list", data: [] });
  const body = JSON.stringify(ask);
  const init = { method: "POST", headers: { ...headers, "content-type": "application/json" }, body };
  const refused = await serving.host.request("inference", "/v1/completions", init);
  expect(refused.status).toBe(404);
});

/** Where the other gateway is, is no business of whoever has a key. */
function expectOnlyLogged(message: string, upstream: string): void {
  expect(message).not.toMatch(/127\.0\.0\.1|MILLRACE_/);
  expect(serving.host.logged.at(-1)).toMatchObject({ setting: "MILLRACE_UPSTREAM", upstream, level: "warn" });
}

describe("a gateway without replicas", () => {
  const opened: HttpServer[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((server) => server.close(0))));

  async function listen(fetch: (request: Request) => Promise<Response> | Response): Promise<string> {
    const server = await serveHttp(async (request) => fetch(request), { port: 0 });
    opened.push(server);
    return server.url;
  }
  /** @param upstream Default: the gateway with replicas. */
  async function passing(upstream = serving.server.url, patienceMs?: number): Promise<OpenAI> {
    const { fetch } = serving.passing(upstream, patienceMs);
    return new OpenAI({ apiKey: serving.host.apiKey, baseURL: `${await listen(fetch)}/v1`, maxRetries: 0 });
  }

  test("a gateway without replicas gives on what one with replicas answers, errors too", async () => {
    const passed = await passing();
    const wanted = await client.completions.create(ask);
    const { data, response } = await passed.completions.create({ ...ask, model: "docs" }).withResponse();
    expect({ ...data, id: wanted.id, created: wanted.created }).toEqual(wanted);
    expect(response.headers.get("x-millrace-version")).toBe("docs@1");
    const chunks = await Array.fromAsync(await passed.completions.create({ ...ask, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.text).join("")).toBe(wanted.choices[0]?.text);
    const tooLong = { ...ask, prompt: "?".repeat(TINY_CONTEXT) };
    const refused = await refusal(passed.completions.create(tooLong));
    expect([refused.status, refused.code]).toEqual([400, "context_length_exceeded"]);
    expect(refused.error).toEqual((await refusal(client.completions.create(tooLong))).error);
    // What it sees itself it does not pass on.
    const nowhere = await passing("http://127.0.0.1:9");
    expect(await refusal(nowhere.completions.create({ ...ask, model: "none" }))).toMatchObject({ status: 404 });
    expect(await refusal(nowhere.completions.create({ ...ask, temperature: 3 }))).toMatchObject({ status: 400 });
    expect((await nowhere.models.list()).data).toHaveLength(2);
  });

  test("a gateway without replicas says what it has attempted when none with replicas answers", async () => {
    let shown = 0;
    const elsewhere = await listen(() => new Response(`${++shown}`));
    const upstreams = {
      "http://127.0.0.1:9": "it does not answer",
      [await listen(() => new Response("<h1>Bad gateway</h1>", { status: 502 }))]: "found status 502",
      [await listen(() => new Response("<h1>Sign in</h1>"))]: "found status 200",
      [await listen(() => Response.redirect(elsewhere, 307))]: "found status 307",
      [await listen(() => Promise.withResolvers<Response>().promise)]: "no answer began within 0.5 s",
    };
    for (const [upstream, found] of Object.entries(upstreams)) {
      const error = await refusal((await passing(upstream, 500)).completions.create(ask));
      expect(error).toMatchObject({ status: 503, code: "model_unavailable", type: "server_error" });
      expect(error.message).toContain(`completing with docs@1: passing it on to a gateway with replicas: ${found}`);
      expect(error.headers?.get("retry-after")).toBe("1");
      expectOnlyLogged(error.message, upstream);
    }
    expect(shown).toBe(0);
  });

  test("a gateway without replicas lists what is served by another, and takes no page for a list", async () => {
    const headers = { authorization: `Bearer ${serving.host.apiKey}` };
    const asked = async (method: string, answer: () => Response): Promise<number> => {
      const url = `${await listen(serving.passing(await listen(answer)).fetch)}/api/inference/routes`;
      return (await fetch(url, { method, headers })).status;
    };
    expect(await asked("GET", () => Response.json({ routes: [] }))).toBe(200);
    expect(await asked("HEAD", () => Response.json({ routes: [] }))).toBe(200);
    expect(await asked("GET", () => new Response("<h1>Sign in</h1>"))).toBe(503);
    // An answer to HEAD has no words that say whose it is.
    expect(await asked("HEAD", () => new Response(null, { status: 403 }))).toBe(403);
  });

  test("a gateway without replicas holds no connection while another one answers", async () => {
    const order: string[] = [];
    const upstream = await listen(() => {
      order.push("asked");
      return Response.json({ choices: [] }, { headers: { "x-millrace-version": "docs@1" } });
    });
    const { fetch } = serving.passing(upstream, undefined, () => order.push("closed"));
    const passed = new OpenAI({ apiKey: serving.host.apiKey, baseURL: `${await listen(fetch)}/v1`, maxRetries: 0 });
    await passed.completions.create(ask);
    expect(order).toEqual(["closed", "asked"]);
  });

  test("a gateway without replicas whose upstream is itself, or another without, says so", async () => {
    const { promise: first, resolve } = Promise.withResolvers<Service>();
    const url = await listen(async (request) => (await first).fetch(request));
    resolve(serving.passing(url));
    for (const upstream of [url, await listen(serving.passing(url).fetch)]) {
      const error = await refusal((await passing(upstream)).completions.create(ask));
      expect(error).toMatchObject({ status: 508, code: "loop_detected", type: "server_error" });
      expectOnlyLogged(error.message, url);
    }
  });

  test("a stream that breaks off on its way through a gateway without replicas breaks off for the client", async () => {
    const pieces = [`data: ${JSON.stringify({ choices: [{ text: "the", index: 0 }] })}\n\n`];
    const body = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = pieces.pop();
          if (piece === undefined) controller.error(new Error("cut"));
          else controller.enqueue(new TextEncoder().encode(piece));
        },
      });
    const headers = { "content-type": "text/event-stream", "x-millrace-version": "docs@1" };
    const upstream = await listen(() => new Response(body(), { headers }));
    // Both servers say that they could not finish.
    const told = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => told.mockRestore());
    const stream = await (await passing(upstream)).completions.create({ ...ask, stream: true });
    await expect(Array.fromAsync(stream)).rejects.toThrow();
  });
});

test("a version takes over the traffic, the one before stays for a way back, an older one goes out of service", async () => {
  const oldest = latest(1);
  const loaded = await serving.load(2);
  expect((await client.completions.create({ ...ask, model: "docs" })).model).toBe("docs@1");
  await serving.route(2, 100);
  expect((await client.completions.create({ ...ask, model: "docs" })).model).toBe("docs@2");
  expect((await client.completions.create(ask)).model).toBe("docs@1");
  await serving.load(3);
  await serving.route(3, 100);
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["docs", "docs@2", "docs@3"]);
  await expect(client.completions.create(ask)).rejects.toMatchObject({ code: "model_not_found" });
  await expect.poll(() => isAlive(oldest), PATIENCE).toBe(false);
  await serving.host.bus.publish([loaded]);
  await serving.load(4);
  expect(serving.host.events.of(EVENTS.servingLoaded).filter(({ data }) => data.version === 2)).toHaveLength(1);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a version that cannot be loaded fails the stage with the reason, and one that is not loaded is not routed", async () => {
  const { host } = serving;
  const artifacts = host.artifacts.forProject("default");
  const whole = await storeTinyPackage(artifacts, 9);
  const parts = JSON.parse(new TextDecoder().decode(await artifacts.bytes(whole.sha256))) as { tokenizer: object };
  const lacking = { ...parts, tokenizer: { ...parts.tokenizer, sha256: "0".repeat(64) } };
  const packed = await artifacts.put(new TextEncoder().encode(JSON.stringify(lacking)), "application/json");
  const named = { runId: "run-9", attempt: 1, model: "docs", version: 9 };
  await host.publish("lacking", EVENTS.servingLoad, { ...named, package: packed });
  const { data } = await host.events.until(EVENTS.stageFailed, (event) => event.data.runId === "run-9");
  expect(data).toMatchObject({ stage: "deploying", attempt: 1, error: { code: "replica_failed" } });
  expect(data.error.message).toContain(`reading artifact ${"0".repeat(64)}`);
  await host.publish("unloaded", EVENTS.servingRoute, { ...named, attempt: 2, percent: 100 });
  const second = await host.events.until(EVENTS.stageFailed, (event) => event.data.attempt === 2);
  expect(second.data.error.code).toBe("not_loaded");
});

test("after a restart the served versions answer again, and no process is left of before", async () => {
  const before = latest(3);
  await serving.restart();
  expect(() => process.kill(before, 0)).toThrow("ESRCH");
  expect((await client.completions.create({ ...ask, model: "docs" })).model).toBe("docs@3");
});
