import { expect, describe, test } from "vitest";
import { ask, type At } from "./at.ts";

export function consoleCases(at: () => At): void {
  const visit = (path: string, init: RequestInit = {}): Promise<Response> =>
    ask(at(), "console", path, { ...init, headers: { authorization: "", ...init.headers } });

  async function login(): Promise<string> {
    const link = await ask(at(), "console", "/api/console/login-links", { method: "POST" });
    expect(link.status).toBe(201);
    const { path } = (await link.json()) as { path: string };
    return (await visit(path)).headers.get("set-cookie")?.split(";")[0] ?? "";
  }

  describe("the console", () => {
    test("leads who has no session to the login page", async () => {
      const response = await visit("/");
      expect([response.status, response.headers.get("location")]).toEqual([303, "/login"]);
      expect((await visit("/login")).status).toBe(401);
    });

    test("logs in by a link that works once", async () => {
      const link = await ask(at(), "console", "/api/console/login-links", { method: "POST" });
      const { path } = (await link.json()) as { path: string };
      expect((await visit(path)).headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Strict/);
      expect((await visit(path)).status).toBe(401);
    });

    test("makes pages of what the registry answers, and says which service does not", async () => {
      const cookie = await login();
      const models = await visit("/models", { headers: { cookie } });
      expect([models.status, models.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
      expect(models.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await models.text()).toContain("champion");
      expect(await (await visit("/", { headers: { cookie } })).text()).toContain("automation does not answer");
    });

    test("serves scripts, styles and fonts for good", async () => {
      const page = await (await visit("/login")).text();
      const [, folder = ""] = /"(\/static\/[0-9a-f]{12})\//.exec(page) ?? [];
      const style = await visit(`${folder}/frame.css`, { headers: { "accept-encoding": "gzip" } });
      expect(style.headers.get("content-type")).toBe("text/css; charset=utf-8");
      expect(style.headers.get("cache-control")).toContain("immutable");
      expect(await style.text()).toContain("{");
      expect(await (await visit(`${folder}/live.js`)).text()).not.toContain(": string");
      const font = new Uint8Array(await (await visit(`${folder}/inter.woff2`)).arrayBuffer());
      expect(new TextDecoder().decode(font.subarray(0, 4))).toBe("wOF2");
    });

    test("tells of events as they come over NATS", async () => {
      const stop = new AbortController();
      const response = await visit("/live?run=run-live", { headers: { cookie: await login() }, signal: stop.signal });
      expect(response.headers.get("content-type")).toBe("text/event-stream");
      const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>)
        .pipeThrough(new TextDecoderStream())
        .getReader();
      let heard = (await reader.read()).value ?? "";
      expect(heard).toContain(": open");
      await at().installation.change("run-other");
      await at().installation.change("run-live");
      while (!heard.includes("event: change")) heard += (await reader.read()).value ?? expect.fail("it ended");
      expect(heard.match(/event: change/g)).toHaveLength(1);
      stop.abort();
    });
  });
}
