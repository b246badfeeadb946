import { serveHttp } from "@millrace/service/node";
import { expect, test } from "vitest";
import { z } from "zod";
import { connect } from "./client.ts";

test("an answer of another version is told by where it differs", async () => {
  const server = await serveHttp(async () => Response.json({ runs: [{ id: "run-1" }] }), { port: 0 });
  const client = await connect({ address: server.url, apiKey: "key" });
  const schema = z.object({ runs: z.array(z.object({ id: z.string(), stoppedIn: z.string() })) });
  const wanted = `asking ${server.url} for /api/runs: its answer is not one that this command knows (runs.0.stoppedIn); are both of the same version?`;
  await expect(client.get("/api/runs", schema)).rejects.toThrow(wanted);
  await expect(client.get("/api/runs", z.strictObject({}))).rejects.toThrow("(runs);");
  const strict = z.object({ runs: z.array(z.strictObject({})) });
  await expect(client.get("/api/runs", strict)).rejects.toThrow("(runs.0.id);");
  await client.close();
  await server.close(0);
});
