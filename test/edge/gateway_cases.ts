import { describe, expect, test, vi } from "vitest";
import { ask, type At } from "./at.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };

export function gatewayCases(at: () => At): void {
  const post = (path: string, body: object, signal?: AbortSignal): Promise<Response> =>
    ask(at(), "inference", path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  const model = "docs";
  const prompt = { model, prompt: "the mill", max_tokens: 6, temperature: 0 };
  const chat = { model, messages: [{ role: "user", content: "hi" }], max_completion_tokens: 6, temperature: 0 };

  /** Requests whose client went away, as the gateway that has the replicas counts them. */
  async function leftOff(): Promise<number> {
    const { replicas } = at();
    const text = await (await ask({ ...at(), runtime: replicas }, "inference", "/metrics")).text();
    return Number(/^millrace_completion_requests_total\{[^}]*outcome="left"[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  describe("the gateway", () => {
    test("lists the models that are served", async () => {
      const list = await (await ask(at(), "inference", "/v1/models")).json();
      expect(list).toMatchObject({ object: "list", data: [{ id: "docs", object: "model" }, { id: "docs@1" }] });
      const routes = await (await ask(at(), "inference", "/api/inference/routes")).json();
      expect(routes).toMatchObject({ routes: [{ model: "docs", version: 1, percent: 100 }] });
      expect(JSON.stringify(routes)).toContain('"id":"docs@1/1"');
    });

    test("refuses in OpenAI's form", async () => {
      const none = await ask(at(), "inference", "/v1/models", { headers: { authorization: "" } });
      expect([none.status, await none.json()]).toMatchObject([401, { error: { code: "invalid_api_key" } }]);
      const unknown = await post("/v1/completions", { ...prompt, model: "nothing" });
      expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: "model_not_found" } }]);
      const wrong = await post("/v1/completions", { ...prompt, temperature: "hot" });
      expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: { param: "temperature" } }]);
      const first = await post("/v1/chat/completions", { ...chat, messages: [{ role: "assistant", content: "hi" }] });
      const refused = { error: { type: "invalid_request_error", param: "messages", code: "invalid_request" } };
      expect([first.status, await first.json()]).toMatchObject([400, refused]);
    });

    test("completes, whole and as a stream of the same text", async () => {
      const whole = await post("/v1/completions", prompt);
      expect(whole.headers.get("x-millrace-version")).toBe("docs@1");
      const { choices, usage } = (await whole.json()) as { choices: Choice[]; usage: object };
      expect(usage).toMatchObject({ completion_tokens: 6 });
      const parts = await streamed(await post("/v1/completions", { ...prompt, stream: true }));
      expect(parts.map(({ text }) => text).join("")).toBe(choices[0]?.text);
    });

    test("answers a conversation, whole and as a stream of the same text", async () => {
      const { choices } = (await (await post("/v1/chat/completions", chat)).json()) as { choices: Choice[] };
      expect(choices[0]?.message?.role).toBe("assistant");
      const parts = await streamed(await post("/v1/chat/completions", { ...chat, stream: true }));
      expect(parts.map(({ delta }) => delta?.content ?? "").join("")).toBe(choices[0]?.message?.content);
    });

    test("gives tokens on as they come, and ends the work when the client leaves them", async () => {
      const before = await leftOff();
      // To the ends of contexts: it would be completed if its tokens were held back, or leaving were not heard.
      const endless = { ...prompt, max_tokens: 1000, n: 64, logit_bias: { "0": -100 }, stream: true };
      const leave = new AbortController();
      const response = await post("/v1/completions", endless, leave.signal);
      expect((await response.body?.getReader().read())?.done).toBe(false);
      leave.abort();
      await vi.waitFor(async () => expect(await leftOff()).toBe(before + 1), PATIENCE);
    });
  });
}

/** What of an entry is looked at, in any form. */
interface Choice {
  readonly text?: string;
  readonly message?: { readonly role: string; readonly content: string };
  readonly delta?: { readonly content?: string };
}

/** Entries of `choices` of a stream that is over. */
async function streamed(response: Response): Promise<Choice[]> {
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: "));
  expect(lines.at(-1)).toBe("data: [DONE]");
  return lines.slice(0, -1).flatMap((line) => (JSON.parse(line.slice(6)) as { choices: Choice[] }).choices);
}
