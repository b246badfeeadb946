import { describe, expect, test } from "vitest";
import { ask, type At } from "./at.ts";

/** @param replicas Whether this runtime can start them. */
export function gatewayCases(at: () => At, { replicas }: { readonly replicas: boolean }): void {
  const post = (path: string, body: object): Promise<Response> =>
    ask(at(), "inference", path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const prompt = { model: "docs", prompt: "the mill", max_tokens: 6, temperature: 0 };

  const completes = async (): Promise<void> => {
    const whole = await post("/v1/completions", prompt);
    expect(whole.headers.get("x-millrace-version")).toBe("docs@1");
    const { choices, usage } = (await whole.json()) as { choices: { text: string }[]; usage: object };
    expect(usage).toMatchObject({ completion_tokens: 6 });
    const stream = await post("/v1/completions", { ...prompt, stream: true });
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    const lines = (await stream.text()).split("\n").filter((line) => line.startsWith("data: "));
    expect(lines.at(-1)).toBe("data: [DONE]");
    const texts = lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)).choices[0]?.text ?? "");
    expect(texts.join("")).toBe(choices[0]?.text);
  };

  const refuses = async (): Promise<void> => {
    const response = await post("/v1/completions", prompt);
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await response.json()).toMatchObject({ error: { type: "server_error", code: "model_unavailable" } });
  };

  describe("the gateway", () => {
    test("lists the models that are served", async () => {
      const list = await (await ask(at(), "inference", "/v1/models")).json();
      expect(list).toMatchObject({ object: "list", data: [{ id: "docs", object: "model" }, { id: "docs@1" }] });
      const routes = await (await ask(at(), "inference", "/api/inference/routes")).json();
      expect(routes).toMatchObject({ routes: [{ model: "docs", version: 1, percent: 100 }] });
    });

    test("refuses in OpenAI's form", async () => {
      const none = await ask(at(), "inference", "/v1/models", { headers: { authorization: "" } });
      expect([none.status, await none.json()]).toMatchObject([401, { error: { code: "invalid_api_key" } }]);
      const unknown = await post("/v1/completions", { ...prompt, model: "nothing" });
      expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: "model_not_found" } }]);
      const wrong = await post("/v1/completions", { ...prompt, temperature: "hot" });
      expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { param: "temperature" } }]);
      const chat = await post("/v1/chat/completions", { model: "docs", messages: [{ role: "user", content: "hi" }] });
      expect([chat.status, await chat.json()]).toMatchObject([400, { error: { code: "model_not_chat" } }]);
    });

    if (replicas) test("completes, whole and as a stream of the same text", completes);
    else test("says that it can have no replicas", refuses);
  });
}
