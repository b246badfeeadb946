import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import S3rver from "s3rver";
import { afterAll, beforeAll, expect, test } from "vitest";
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
