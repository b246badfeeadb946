/**
 * Artifacts in an S3-compatible bucket, path-style: `<prefix><project>/<sha256>`, the manifest beside it as `….chunks.json`. One PUT an
 * artifact, so at most 5 GB each. Writers spool to the local disk first: S3 wants length and hash before the first byte.
 */
import { randomUUID } from "node:crypto";
import { openAsBlob } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { checkAddress, checkProject } from "../address.ts";
import type { Artifacts, ArtifactStore } from "../store.ts";
import { verifiedReading } from "../verified_reading.ts";
import { listKeys } from "./s3_list.ts";
import { makeSpool } from "./s3_spools.ts";
import { nodeHash, spool } from "./spool.ts";

export { removeOldSpools } from "./s3_spools.ts";

export interface S3Options {
  /** Address of the service, e.g. `https://s3.eu-central-1.amazonaws.com`. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Default `us-east-1`, which most S3-compatible servers take. */
  readonly region?: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Put before every key, e.g. `millrace/`. Default: none. */
  readonly prefix?: string;
}

const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const RETRIES = 4;

/** Opens a bucket; nothing is sent before the first call. */
export function s3Store(options: S3Options): ArtifactStore {
  const client = new AwsClient({
    ...options.credentials,
    service: "s3",
    region: options.region ?? "us-east-1",
    retries: RETRIES,
  });
  return {
    forProject(project) {
      checkProject(project);
      return projectArtifacts(client, options, project);
    },
  };
}

/** The end of the second that S3 tells: nothing is taken for older than it is. */
function wholeSecond(time: string | null): number {
  const ms = Date.parse(time ?? "");
  if (Number.isNaN(ms))
    throw new Error(`reading when an artifact was stored: found ${JSON.stringify(time)}, wanted a time`);
  return Math.floor(ms / 1000) * 1000 + 999;
}

function projectArtifacts(client: AwsClient, options: S3Options, project: string): Artifacts {
  const bucket = `${options.endpoint.replace(/\/+$/, "")}/${options.bucket}`;
  const prefix = `${options.prefix ?? ""}${project}/`;
  const urlOf = (sha256: string): string => `${bucket}/${prefix}${sha256}`;
  const manifestOf = (sha256: string): string => `${urlOf(sha256)}.chunks.json`;

  const send = async (
    url: string,
    init: RequestInit,
    bodySha256: string = EMPTY_SHA256,
  ): Promise<Response | undefined> => {
    const headers = new Headers(init.headers);
    headers.set("x-amz-content-sha256", bodySha256);
    const response = await client.fetch(url, { ...init, headers });
    if (response.ok) return response;
    const found = (await response.text()).slice(0, 300);
    if (response.status === 404 && init.method !== "PUT") return undefined;
    throw new Error(
      `${init.method} ${new URL(url).pathname} of the artifact bucket: found status ${response.status}: ${found}`,
    );
  };

  const putFile = async (url: string, file: string, sha256: string, mediaType: string): Promise<void> => {
    await send(url, { method: "PUT", body: await openAsBlob(file), headers: { "content-type": mediaType } }, sha256);
  };

  const sizeOf = async (sha256: string): Promise<number | undefined> => {
    checkAddress(sha256);
    const response = await send(urlOf(sha256), { method: "HEAD" });
    return response === undefined ? undefined : Number(response.headers.get("content-length"));
  };

  const isThere = async (url: string): Promise<boolean> => (await send(url, { method: "HEAD" })) !== undefined;

  /** The artifact last: when that is gone, nothing more is going to be deleted. */
  const remove = async (sha256: string): Promise<void> => {
    checkAddress(sha256);
    await send(manifestOf(sha256), { method: "DELETE" });
    await send(urlOf(sha256), { method: "DELETE" });
  };

  return {
    ...verifiedReading({
      project,
      newHash: nodeHash,
      async open(sha256, range) {
        const headers: HeadersInit = range === undefined ? {} : { range: `bytes=${range.from}-${range.to - 1}` };
        const response = await send(urlOf(sha256), { method: "GET", headers });
        return response === undefined ? undefined : (response.body ?? new Blob([]).stream());
      },
      manifest: async (sha256) => (await send(manifestOf(sha256), { method: "GET" }))?.text(),
    }),
    sizeOf,
    has: async (sha256) => (await sizeOf(sha256)) !== undefined,
    async put(content, mediaType) {
      const folder = await makeSpool(tmpdir());
      try {
        const spooled = join(folder, randomUUID());
        const manifest = await spool(content, spooled);
        const { sha256, sizeBytes } = manifest;
        const manifestFile = `${spooled}.chunks.json`;
        const { sha256: manifestSha256 } = await spool(
          new TextEncoder().encode(JSON.stringify(manifest)),
          manifestFile,
        );
        const [own, beside] = [urlOf(sha256), manifestOf(sha256)];
        // Where it is there already, it is made young, so that no collector takes it; one that has taken it for old may delete it still.
        let mayGo = await isThere(own);
        do {
          // The manifest first: an artifact has one.
          await putFile(beside, manifestFile, manifestSha256, "application/json");
          await putFile(own, spooled, sha256, mediaType);
          mayGo &&= !((await isThere(beside)) && (await isThere(own)));
        } while (mayGo);
        return { sha256, sizeBytes, mediaType };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    delete: remove,
    async deleteOlder(sha256, beforeMs) {
      checkAddress(sha256);
      // The manifest too: whoever sends a large artifact has put that long before. What is put between the looks and the removal is missed by
      // whoever put it, unless the removal takes longer than the rest of that put.
      for (const url of [manifestOf(sha256), urlOf(sha256)]) {
        const head = await send(url, { method: "HEAD" });
        if (head && wholeSecond(head.headers.get("last-modified")) >= beforeMs) return false;
      }
      await remove(sha256);
      return true;
    },
    async *list() {
      for await (const { key, sizeBytes, lastModified } of listKeys(
        (query) => send(`${bucket}?${query}`, { method: "GET" }),
        prefix,
      )) {
        const sha256 = key.slice(prefix.length);
        if (/^[0-9a-f]{64}$/.test(sha256)) yield { sha256, sizeBytes, storedAtMs: wholeSecond(lastModified) };
      }
    },
  };
}
