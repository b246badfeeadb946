import { expect, test } from "vitest";
import { httpPeers, UnreachableError } from "./peers.ts";
import { serveHttp } from "./runtime/node.ts";

test("httpPeers() sends path, query, body and headers to the service's address, under this service's token", async () => {
  const server = await serveHttp(
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const [token, project] = ["authorization", "millrace-project"].map((name) => request.headers.get(name));
      return Response.json({ path: pathname + search, body: await request.text(), token, project });
    },
    { port: 0 },
  );
  const peers = httpPeers({ registry: server.url }, "mrs_feature_0", fetch);
  const headers = { "millrace-project": "acme", authorization: "Bearer mine" };
  const request = new Request("http://registry/api/registry/models?x=1", { method: "POST", body: "content", headers });
  expect(await (await peers.fetch("registry", request)).json()).toEqual({
    path: "/api/registry/models?x=1",
    body: "content",
    token: "Bearer mrs_feature_0",
    project: "acme",
  });
  await server.close();
  const again = peers.fetch("registry", new Request("http://registry/"));
  await expect(again).rejects.toThrow(UnreachableError);
  await expect(again).rejects.toThrow(`calling service "registry" at ${server.url}: it does not answer`);
});

test("httpPeers() passes on that the sender has left, and refuses a service it has no address of", async () => {
  const peers = httpPeers({ registry: "http://127.0.0.1:9" }, "mrs_feature_0", fetch);
  const left = new Request("http://registry/", { signal: AbortSignal.abort(new Error("left")) });
  await expect(peers.fetch("registry", left)).rejects.toThrow("left");
  await expect(peers.fetch("trainer", new Request("http://trainer/"))).rejects.toThrow(
    'calling service "trainer": no address is configured, found registry',
  );
});
