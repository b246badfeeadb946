import { serveHttp } from "@millrace/service/node";
import { expect, test } from "vitest";
import { connect } from "../client.ts";
import { servedModel } from "./served_model.ts";

/** What is answered where a server of OpenAI's API serves these. */
async function chosen(wanted: string | undefined, ...served: readonly string[]): Promise<string> {
  const missing = { error: { message: "see GET /v1/models", type: "x", param: "model", code: "model_not_found" } };
  const server = await serveHttp(
    async ({ url }) => {
      const [, id] = /^\/v1\/models\/(.+)$/.exec(new URL(url).pathname) ?? [];
      if (id === undefined) return Response.json({ data: served.map((one) => ({ id: one })) });
      return served.includes(decodeURIComponent(id)) ? Response.json({ id }) : Response.json(missing, { status: 404 });
    },
    { port: 0 },
  );
  const client = await connect({ address: server.url, apiKey: "key" });
  return servedModel(client, wanted).finally(async () => {
    await client.close();
    await server.close(0);
  });
}

test("servedModel() takes what is served, and the first where none is named", async () => {
  expect(await chosen("docs@1", "docs", "docs@1")).toBe("docs@1");
  expect(await chosen(undefined, "docs", "docs@1")).toBe("docs");
});

test("servedModel() says which models there are where the one that is wanted is none of them", async () => {
  const found = 'millrace chat: looking for the model "nosuch": served are docs, docs@1';
  await expect(chosen("nosuch", "docs", "docs@1")).rejects.toThrow(found);
  await expect(chosen("nosuch")).rejects.toThrow('the model "nosuch": none is served');
  await expect(chosen(undefined)).rejects.toThrow("looking for a model: none is served");
});
