import { createHash } from "node:crypto";
import { ApiError, CreatedKey, ModelList, VersionView } from "@millrace/contracts";
import { describe, expect, test } from "vitest";
import { ask, type At } from "./at.ts";

export function registryCases(at: () => At): void {
  const get = (path: string, init?: RequestInit): Promise<Response> => ask(at(), "registry", path, init);
  describe("the registry", () => {
    test("is alive and ready", async () => {
      const none = { headers: { authorization: "" } };
      expect(await (await get("/healthz", none)).json()).toEqual({ status: "ok" });
      expect(await (await get("/readyz", none)).json()).toEqual({ status: "ready" });
    });

    test("wants a key, and tells each sender an id", async () => {
      const response = await get("/api/registry/models", { headers: { authorization: "" } });
      expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
      expect(await refusal(response)).toMatchObject({ status: 401, code: "unauthenticated" });
      const wrong = { headers: { authorization: `Bearer mr_${"0".repeat(64)}` } };
      expect(await refusal(await get("/api/registry/models", wrong))).toMatchObject({ status: 401 });
    });

    test("lets in who has a key that it made, as far as the key goes", async () => {
      const wanted = { name: "reader", role: "viewer", scopes: ["read", "complete"], expiresAt: null };
      const made = await get("/api/registry/keys", { method: "POST", body: JSON.stringify(wanted) });
      expect(made.status).toBe(201);
      const headers = { authorization: `Bearer ${CreatedKey.parse(await made.json()).secret}` };
      // The gateway asks the registry about it.
      const answers = await Promise.all(
        Array.from({ length: 4 }, () => ask(at(), "inference", "/v1/models", { headers })),
      );
      for (const answer of answers) expect(await answer.json()).toMatchObject({ object: "list" });
      const put = { method: "PUT", body: '{"version":1}', headers };
      expect(await refusal(await get("/api/registry/models/docs/aliases/mine", put))).toMatchObject({ status: 403 });
    });

    test("lists models out of Postgres, to many at once", async () => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => get("/api/registry/models")));
      for (const answer of answers) {
        const { models } = ModelList.parse(await answer.json());
        expect(models).toMatchObject([{ name: "docs", versions: 1, latest: { model: "docs", version: 1 } }]);
      }
    });

    test("writes to Postgres, and reads it back", async () => {
      const init = { method: "PUT", body: JSON.stringify({ version: 1 }) };
      expect(await (await get("/api/registry/models/docs/aliases/champion", init)).json()).toMatchObject({
        version: 1,
      });
      const view = VersionView.parse(await (await get("/api/registry/models/docs/versions/champion")).json());
      expect(view.aliases).toContain("champion");
      expect(view.checkpoint).toEqual(at().installation.checkpoint);
    });

    test("refuses what it is not asked well, in words", async () => {
      const put = (alias: string, body: string) =>
        get(`/api/registry/models/docs/aliases/${alias}`, { method: "PUT", body });
      expect(await refusal(await put("latest", '{"version":1}'))).toMatchObject({
        status: 400,
        code: "invalid_request",
      });
      expect(await refusal(await put("a", "{"))).toMatchObject({ status: 400, message: /wanted JSON/ });
      const { problems } = await refusal(await put("a", '{"version":"one"}'));
      expect(problems).toMatchObject([{ path: "version" }]);
      expect(await refusal(await put("a", '{"version":7}'))).toMatchObject({ status: 404, code: "not_found" });
      expect(await refusal(await get("/api/registry/nothing"))).toMatchObject({ status: 404 });
      const foreign = { method: "PUT", body: '{"version":1}', headers: { origin: "http://evil.example" } };
      const answer = await get("/api/registry/models/docs/aliases/champion", foreign);
      expect(await refusal(answer)).toMatchObject({ status: 403, code: "wrong_origin" });
    });

    test("gives artifacts out of the bucket, whole", async () => {
      const { checkpoint } = at().installation;
      const path = `/api/registry/artifacts/${checkpoint.sha256}`;
      const whole = new Uint8Array(await (await get(path)).arrayBuffer());
      expect(createHash("sha256").update(whole).digest("hex")).toBe(checkpoint.sha256);
      expect(await refusal(await get(`/api/registry/artifacts/${"0".repeat(64)}`))).toMatchObject({ status: 404 });
    });

    test("keeps no connection to Postgres, which takes a hundred", async () => {
      for (let round = 0; round < 15; round += 1) {
        const answers = await Promise.all(Array.from({ length: 8 }, () => get("/api/registry/models")));
        for (const answer of answers) expect((await answer.json()) as object).toHaveProperty("models");
      }
    });

    test("counts its requests", async () => {
      const text = await (await get("/metrics")).text();
      expect(text).toMatch(/^millrace_http_requests_total\{service="registry",[^}]*route="\/api\/registry\/models"/m);
    });
  });
}

async function refusal(response: Response): Promise<ApiError["error"] & { status: number }> {
  return { status: response.status, ...ApiError.parse(await response.json()).error };
}
