import {
  type Access,
  defineService,
  hashApiKey,
  HttpError,
  newApiKey,
  type OpenPorts,
  type Service,
  serviceToken,
} from "@millrace/service";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readAssets } from "./runtime/read_assets.ts";
import { type ConsoleOptions, createConsole } from "./service.ts";

let host: TestHost;
let clockMs = Date.parse("2026-03-02T10:00:00Z");
let publicAddress = "http://127.0.0.1:4100";
const sessionSecret = "secret-of-the-session-tests";

beforeAll(async () => {
  host = await testHost({
    services(openPorts, access) {
      given = { openPorts, access };
      return [restarted({}), refusing(openPorts, access)];
    },
  });
});
afterAll(() => host.close());

let given: { readonly openPorts: OpenPorts; readonly access: Access };
const options = (): ConsoleOptions => ({
  assets: readAssets(),
  mode: "distributed",
  sessionSecret,
  publicAddress: () => publicAddress,
  now: () => clockMs,
});
/** The console as another start of its process makes it. */
const restarted = (changed: Partial<Access>): Service =>
  createConsole(given.openPorts, { ...given.access, ...changed }, options());

/** A service that would not. */
const refusing = (openPorts: OpenPorts, access: Access): Service =>
  defineService(
    {
      name: "monitor",
      routes: (http) =>
        http.get("/api/monitor/alerts", () => {
          throw new HttpError(429, "rate_limited", "60 requests were sent, wait 9 s");
        }),
    },
    openPorts,
    access,
  );

/** A request of a browser: no API key. */
function visit(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Response> {
  return host.request("console", path, { method, headers: { authorization: "", ...headers } });
}

async function link(): Promise<string> {
  const response = await host.request("console", "/api/console/login-links", { method: "POST" });
  expect(response.status).toBe(201);
  return ((await response.json()) as { path: string }).path;
}

async function login(): Promise<string> {
  const response = await visit(await link());
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

test("a page leads senders without a session to the login page", async () => {
  const response = await visit("/");
  expect([response.status, response.headers.get("location")]).toEqual([303, "/login"]);
  expect((await visit("/login")).status).toBe(401);
});

test("a login link works once", async () => {
  const path = await link();
  expect((await visit(path, {}, "HEAD")).headers.get("set-cookie")).toBeNull();
  const first = await visit(path);
  expect(first.status).toBe(200);
  expect(first.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Strict/);
  const second = await visit(path);
  expect([second.status, second.headers.get("set-cookie")]).toEqual([401, null]);
});

test("a session's cookie is for TLS alone where users come over TLS, also when that ended before this process", async () => {
  publicAddress = "https://mill.example.org";
  expect((await visit(await link())).headers.get("set-cookie")).toContain("Secure");
  publicAddress = "http://127.0.0.1:4100";
  expect((await visit(await link())).headers.get("set-cookie")).not.toContain("Secure");
});

test("a login link works for ten minutes", async () => {
  const path = await link();
  clockMs += 10 * 60 * 1000;
  expect((await visit(path)).status).toBe(401);
});

test("a session ends after twelve hours", async () => {
  const cookie = await login();
  expect((await visit("/login", { cookie })).status).toBe(401);
  expect((await visit("/", { cookie })).status).toBe(200);
  clockMs += 12 * 60 * 60 * 1000;
  expect((await visit("/", { cookie })).status).toBe(303);
});

test("a session that was begun with the installation's own key ends when that is another one", async () => {
  const cookie = await login();
  const ask = async (console: Service) =>
    (await console.fetch(new Request("http://127.0.0.1/", { headers: { cookie } }))).status;
  expect(await ask(restarted({}))).toBe(200);
  expect(await ask(restarted({ ownKeyHash: await hashApiKey(newApiKey()) }))).toBe(303);
  const { ownKeyHash: _, ...unknown } = given.access;
  expect(await ask(createConsole(given.openPorts, unknown, options()))).toBe(303);
});

test("a login link is made for whoever has a key, and not for a service", async () => {
  const headers = { authorization: `Bearer ${await serviceToken("cluster-secret-of-the-tests", "monitor")}` };
  const refused = await host.request("console", "/api/console/login-links", { method: "POST", headers });
  expect(refused.status).toBe(403);
});

test("what a page hears of changes ends with its session", async () => {
  const cookie = await login();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const { body } = await visit("/live", { cookie });
    const reader = (body as ReadableStream<Uint8Array>).getReader();
    const heard = async () => new TextDecoder().decode((await reader.read()).value);
    expect(await heard()).toBe(": open\n\n");
    vi.advanceTimersByTime(10_000);
    expect(await heard()).toBe(": ping\n\n");
    clockMs += 12 * 60 * 60 * 1000;
    vi.advanceTimersByTime(10_000);
    expect((await reader.read()).done).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

test("a session that was changed is none", async () => {
  const cookie = await login();
  expect((await visit("/", { cookie: cookie.replace("admin", "other") })).status).toBe(303);
});

test("Home says of each part what failed when no other service answers", async () => {
  const response = await visit("/", { cookie: await login() });
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toContain("automation does not answer");
  expect(text).toContain("inference does not answer");
  expect(text).toContain(response.headers.get("x-request-id"));
});

test("the frame of Home is sent before what Home reads", async () => {
  const { body } = await visit("/", { cookie: await login() });
  const parts = await Array.fromAsync(body as ReadableStream<Uint8Array>, (bytes) => new TextDecoder().decode(bytes));
  expect(parts.map((part) => [part.includes("<nav"), part.includes("automation does not answer")])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ]);
});

test("pages allow nothing inline", async () => {
  const response = await visit("/", { cookie: await login() });
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await response.text()).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son[a-z]+=/);
});

test("a form without an origin, or of another site, changes nothing", async () => {
  const cookie = await login();
  const form = { cookie, "content-type": "application/x-www-form-urlencoded" };
  expect((await visit("/runs/run-1/cancel", form, "POST")).headers.get("location")).toBe("/login");
  const foreign = await visit("/runs/run-1/cancel", { ...form, origin: "http://evil.example" }, "POST");
  expect(foreign.status).toBe(403);
});

test("what a service refuses is handed on with its status, and with what was tried", async () => {
  const response = await visit("/monitor/alerts.csv", { cookie: await login() });
  expect(response.status).toBe(429);
  expect(await response.text()).toMatch(/reading \/api\/monitor\/alerts\S*: 60 requests were sent, wait 9 s/);
});
