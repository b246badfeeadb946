import { serveHttp } from "@millrace/service/node";
import { expect, onTestFinished, test } from "vitest";
import { closedPort } from "../testing/closed_port.ts";
import { reachBucket, reachNats, reachPostgres } from "./servers.ts";

test("a server that does not answer is named with its setting, and its password is not", async () => {
  const host = `127.0.0.1:${await closedPort()}`;
  await expect(reachNats({ servers: host, user: "mill", password: "hunter2" }, "test")).rejects.toThrow(
    new RegExp(`^NATS_URL: reaching ${host}: connect ECONNREFUSED ${host}; wanted[^@]*$`),
  );
  for (const name of [host, host.replace("127.0.0.1", "localhost")]) {
    await expect(reachPostgres(`postgres://mill:hunter2@${name}/nodb`)).rejects.toThrow(
      new RegExp(`^DATABASE_URL: reaching ${name}/nodb: connect ECONNREFUSED [^@]*; wanted[^@]*$`),
    );
  }
});

const at = (endpoint: string) => ({ kind: "s3", bucket: "mill", prefix: "", endpoint, region: undefined }) as const;

test("a store that does not answer, or has no such bucket, is named with its setting", async () => {
  const credentials = { accessKeyId: "id", secretAccessKey: "hunter2" };
  const nobody = `http://127.0.0.1:${await closedPort()}/`;
  await expect(reachBucket(at(nobody), credentials)).rejects.toThrow(
    new RegExp(`^ARTIFACTS_URL: reaching bucket mill at ${nobody}: connect ECONNREFUSED .*; wanted`),
  );
  const server = await serveHttp(async () => new Response("<Code>NoSuchBucket</Code>", { status: 404 }), { port: 0 });
  onTestFinished(() => server.close(0));
  await expect(reachBucket(at(server.url), credentials)).rejects.toThrow(/: found no bucket \(404\).*; wanted/);
});
