import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import S3rver from "s3rver";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { artifactContract } from "../testing/contract.ts";
import { listKeys } from "./s3_list.ts";
import { s3Store } from "./s3.ts";

const credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
let directory: string;
let server: S3rver;
let endpoint: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "millrace-s3-"));
  const configureBuckets = [{ name: "artifacts", configs: [] }];
  server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, configureBuckets });
  const { port } = await server.run();
  endpoint = `http://127.0.0.1:${port}`;
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

artifactContract("S3", async () => ({
  store: s3Store({ endpoint, bucket: "artifacts", credentials, prefix: "millrace/" }),
  async damage(project, sha256, offset) {
    const client = new AwsClient({ ...credentials, service: "s3", region: "us-east-1" });
    const url = `${endpoint}/artifacts/millrace/${project}/${sha256}`;
    const bytes = new Uint8Array(await (await client.fetch(url)).arrayBuffer());
    bytes[offset] = (bytes[offset] ?? 0) ^ 1;
    expect((await client.fetch(url, { method: "PUT", body: bytes })).ok).toBe(true);
  },
}));

/** Calls before each request to the bucket; with its method and key. */
function beforeRequests(hear: (method: string, key: string) => Promise<void>): void {
  const send = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    await hear(request.method, new URL(request.url).pathname.split("/").at(-1) ?? "");
    return send(request);
  });
}
afterEach(() => vi.restoreAllMocks());

const IN_AN_HOUR = Date.now() + 3_600_000;
const open = () => s3Store({ endpoint, bucket: "artifacts", credentials }).forProject("sweeping");

test("deleteOlder() leaves an artifact whose new manifest is there, and which is still being sent", async () => {
  const artifacts = open();
  const { sha256 } = await artifacts.put(new TextEncoder().encode("sent for long"), "text/plain");
  const [{ storedAtMs } = { storedAtMs: NaN }] = await Array.fromAsync(artifacts.list());
  const client = new AwsClient({ ...credentials, service: "s3", region: "us-east-1" });
  const manifest = `${endpoint}/artifacts/sweeping/${sha256}.chunks.json`;
  const text = await (await client.fetch(manifest)).text();
  // Put again, until the bucket's clock of whole seconds tells a later time.
  const age = async (): Promise<number> => {
    await client.fetch(manifest, { method: "PUT", body: text });
    const head = await client.fetch(manifest, { method: "HEAD" });
    return Date.parse(head.headers.get("last-modified") ?? "");
  };
  await expect.poll(age, { timeout: 10_000 }).toBeGreaterThan(storedAtMs);
  expect(await artifacts.deleteOlder(sha256, storedAtMs + 1)).toBe(false);
  expect(await artifacts.range(sha256, 0, 4)).toEqual(new TextEncoder().encode("sent"));
});

test("put() puts an artifact again that a collector took for old and deleted between its two requests", async () => {
  const artifacts = open();
  const content = new TextEncoder().encode("wanted again");
  const { sha256 } = await artifacts.put(content, "text/plain");
  let writing: Promise<unknown> | undefined;
  const [sending, deleted] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  beforeRequests(async (method, key) => {
    if (method === "DELETE" && writing === undefined) {
      // The collector has looked at the age. Now the writer puts the manifest, and is about to put the artifact.
      writing = artifacts.put(content, "text/plain");
      await sending.promise;
    } else if (method === "PUT" && key === sha256) {
      sending.resolve();
      await deleted.promise;
    }
  });
  expect(await artifacts.deleteOlder(sha256, IN_AN_HOUR)).toBe(true);
  deleted.resolve();
  await writing;
  expect(await artifacts.range(sha256, 0, 6)).toEqual(new TextEncoder().encode("wanted"));
});

test("s3Store() says what the server answered when the bucket does not exist", async () => {
  const artifacts = s3Store({ endpoint, bucket: "missing", credentials }).forProject("default");
  await expect(artifacts.put(new Uint8Array([1]), "application/x")).rejects.toThrow(/status 404: .*NoSuchBucket/s);
});

test("listKeys() goes on with the next page until the last", async () => {
  const pages = [
    "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>n&amp;1</NextContinuationToken>" +
      "<Contents><Key>a/1</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><Size>5</Size></Contents></ListBucketResult>",
    "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a/2&lt;</Key><Size>6</Size></Contents></ListBucketResult>",
  ];
  const asked: string[] = [];
  const listed = listKeys(async (query) => {
    asked.push(query.get("continuation-token") ?? "none");
    return new Response(pages[asked.length - 1]);
  }, "a/");
  expect(await Array.fromAsync(listed)).toEqual([
    { key: "a/1", sizeBytes: 5, lastModified: "2026-01-02T03:04:05.000Z" },
    { key: "a/2<", sizeBytes: 6, lastModified: null },
  ]);
  expect(asked).toEqual(["none", "n&1"]);
});
