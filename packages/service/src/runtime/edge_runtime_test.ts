import { type ProjectView, SERVICE_NAMES } from "@millrace/contracts";
import { expect, test } from "vitest";
import { edgeRuntime, type PortLife } from "./edge_runtime.ts";
import { serveHttp } from "./node.ts";

test.each<[PortLife]>([["pooled"], ["per request"]])("limits of projects count where ports are %s", async (life) => {
  const limits = { bytes: 5, concurrentRuns: 1, tokensPerMinute: 7 };
  const registry = await serveHttp(
    async ({ url }) =>
      Response.json({ name: new URL(url).pathname.split("/").at(-1) ?? "", limits } satisfies ProjectView),
    { port: 0 },
  );
  const { access } = await edgeRuntime("registry", settings(registry.url), life);
  expect(await access.limitsOf?.("acme")).toEqual(limits);
  await registry.close();
});

/** Nothing but the registry is connected to before a request needs it. */
function settings(registry: string): Record<string, string> {
  return {
    NATS_URL: "wss://user:password@127.0.0.1:1",
    DATABASE_URL: "postgres://user:password@127.0.0.1:1/none",
    ARTIFACTS_URL: "s3://bucket/prefix?endpoint=http://127.0.0.1:1&region=none",
    AWS_ACCESS_KEY_ID: "none",
    AWS_SECRET_ACCESS_KEY: "none",
    MILLRACE_CLUSTER_SECRET: "s".repeat(32),
    MILLRACE_API_KEY: `mr_${"0".repeat(64)}`,
    MILLRACE_PEERS: SERVICE_NAMES.map((name) => `${name}=${registry}`).join(","),
    MILLRACE_PUBLIC_ADDRESS: registry,
  };
}
