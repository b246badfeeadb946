import { expect, test } from "vitest";
import { readAnswer } from "./answer.ts";

function streamed(...parts: readonly string[]): Response {
  const encoder = new TextEncoder();
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(encoder.encode(part));
        controller.close();
      },
    }),
  );
}
const chunk = (text: string, more: object = {}): string =>
  `data: ${JSON.stringify({ model: "docs@3", choices: [{ text, ...more }] })}\n\n`;

test("readAnswer() puts the pieces together, however the bytes are cut, and counts the tokens", async () => {
  const whole = `${chunk(" née")}${chunk(" 🔑", { finish_reason: "length" })}data: {"model":"docs@3","choices":[],"usage":{"completion_tokens":5}}\n\ndata: [DONE]\n\n`;
  const bytes = new TextEncoder().encode(whole);
  let clock = 100;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  const read = await readAnswer(new Response(body), () => (clock += 10), 70);
  expect(read).toEqual({ text: " née 🔑", tokens: 5, finish: "length", firstTokenMs: 40, restMs: 10 });
});

test("readAnswer() reads chat, and gives the words of a refusal before or within the stream", async () => {
  const chat = 'data: {"model":"m@1","choices":[{"delta":{"role":"assistant","content":"Hi"}}]}\n\n';
  expect(await readAnswer(streamed(chat), () => 0, 0)).toMatchObject({ text: "Hi" });
  const refusal = { error: { message: "the prompt is too long" } };
  expect(await readAnswer(Response.json(refusal, { status: 400 }), () => 0, 0)).toEqual({
    refused: "the prompt is too long",
  });
  expect(await readAnswer(streamed(chunk("a"), `data: ${JSON.stringify(refusal)}\n\n`), () => 0, 0)).toEqual({
    refused: "the prompt is too long",
  });
});
