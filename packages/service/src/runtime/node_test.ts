import { expect, test } from "vitest";
import { serveHttp } from "./node.ts";

test("serveHttp() answers on this machine's own address and frees the port when closed", async () => {
  const server = await serveHttp(async (request) => new Response(new URL(request.url).pathname), { port: 0 });
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  expect(await (await fetch(`${server.url}/here`)).text()).toBe("/here");
  await expect(serveHttp(async () => new Response(), { port: server.port })).rejects.toThrow(/EADDRINUSE/);
  await server.close();
  await expect(fetch(server.url)).rejects.toThrow();
});

test("close() cuts a stream that would not end", async () => {
  const endless = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array([1])) });
  const server = await serveHttp(async () => new Response(endless), { port: 0 });
  const reader = (await fetch(server.url)).body?.getReader();
  expect((await reader?.read())?.value).toEqual(new Uint8Array([1]));
  await server.close(0);
  await expect(reader?.read()).rejects.toThrow();
});
