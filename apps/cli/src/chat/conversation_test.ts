/** Against a stand-in for the gateway's side of OpenAI's API; the gateway itself is another app, and no run makes a chat template yet. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ChatSettings, type Conversation, openConversation } from "./conversation.ts";

let server: Server;
let isChat: boolean;
/** Bodies that were sent, by path. */
let asked: [string, Record<string, unknown>][];
/** What is streamed; null keeps the answer open. */
let pieces: (string | null)[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = (await json(request)) as Record<string, unknown>;
    asked.push([request.url ?? "", body]);
    const chat = request.url === "/v1/chat/completions";
    if (request.headers.authorization !== "Bearer mr_key" || (chat && !isChat)) {
      response.writeHead(400, { "content-type": "application/json" });
      return response.end(
        JSON.stringify({ error: { message: "not for chat", type: "x", param: null, code: "model_not_chat" } }),
      );
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of pieces) {
      if (piece === null) return;
      const choice = chat ? { delta: { content: piece } } : { text: piece };
      // Cut where no reader expects it.
      const event = Buffer.from(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
      response.write(event.subarray(0, 9));
      response.write(event.subarray(9));
    }
    response.end(pieces.length === 0 ? "" : "data: [DONE]\n\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  [isChat, asked, pieces] = [true, [], ["Good ", "môrning"]];
});

const told: string[] = [];
function open(settings: Partial<ChatSettings> = {}): Conversation {
  const { port } = server.address() as AddressInfo;
  const endpoint = { address: `http://127.0.0.1:${port}`, apiKey: "mr_key" };
  return openConversation(endpoint, { model: "docs", sampling: { seed: 1 }, ...settings }, (message) =>
    told.push(message),
  );
}
async function say(conversation: Conversation, text: string): Promise<string> {
  return (await Array.fromAsync(conversation.say(text, AbortSignal.timeout(60_000)))).join("");
}

test("what was said and answered goes along with the next question, behind the system message", async () => {
  const conversation = open({ system: "Be brief." });
  expect(await say(conversation, "Hello")).toBe("Good môrning");
  expect(conversation.mode()).toBe("chat");
  await say(conversation, "And now?");
  const messages = [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Good môrning" },
    { role: "user", content: "And now?" },
  ];
  expect(asked[1]).toEqual(["/v1/chat/completions", { model: "docs", messages, seed: 1, stream: true }]);
});

test("a version without a template continues text, says so once, and takes no system message", async () => {
  isChat = false;
  const conversation = open();
  expect(await say(conversation, "The mill")).toBe("Good môrning");
  await say(conversation, "Once");
  expect(conversation.mode()).toBe("completion");
  expect(asked.map(([path]) => path)).toEqual(["/v1/chat/completions", "/v1/completions", "/v1/completions"]);
  expect(asked[2]?.[1]).toEqual({ model: "docs", prompt: "Once", seed: 1, stream: true });
  expect(told).toEqual([expect.stringContaining("docs has no chat template: it continues")]);
  await expect(say(open({ system: "Be brief." }), "Hello")).rejects.toThrow("--system: docs has no chat template");
});

test("an answer that is stopped counts as far as it came; one that breaks off is an error", async () => {
  pieces = ["Half", null];
  const conversation = open();
  const stop = new AbortController();
  await expect(async () => {
    for await (const piece of conversation.say("Hello", stop.signal)) {
      expect(piece).toBe("Half");
      stop.abort(new Error("interrupted"));
    }
  }).rejects.toThrow("interrupted");
  pieces = ["Whole"];
  await say(conversation, "Again");
  expect(asked[1]?.[1]["messages"]).toMatchObject([{}, { role: "assistant", content: "Half" }, { content: "Again" }]);
  pieces = [];
  await expect(say(conversation, "Hello")).rejects.toThrow("the answer broke off");
});
