/** What a hub of Hugging Face's HTTP layout knows of a model. Nothing that it says is trusted. */
import type { HubName } from "@millrace/contracts";
import { z } from "zod";
import { BaseModelError } from "./base_folder.ts";
import { type Fetch, follow, type HubAddress, mayHoldToken } from "./follow.ts";

/** A file at the top of a repository. */
export const HubFile = z.strictObject({
  sizeBytes: z.int().nonnegative(),
  /** Of the content; of small files the one that git has, over a header and the content. */
  digest: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("sha256"), hex: z.string().regex(/^[0-9a-f]{64}$/) }),
    z.strictObject({ kind: z.literal("git"), hex: z.string().regex(/^[0-9a-f]{40}$/) }),
  ]),
});
export type HubFile = z.infer<typeof HubFile>;

/** A repository at one commit. */
export const HubListing = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  files: z.record(z.string(), HubFile),
});
export type HubListing = z.infer<typeof HubListing>;

export interface HubClient {
  /** @throws {BaseModelError} If there is no such model, it may not be read, or the hub does not answer as it should. */
  list(name: HubName, signal: AbortSignal): Promise<HubListing>;
  /**
   * Begins to download a file.
   * @param fromByte Where to begin.
   * @returns The content from there on, or from the start where the hub does not give parts.
   */
  download(
    repository: string,
    commit: string,
    file: string,
    fromByte: number,
    signal: AbortSignal,
  ): Promise<{ readonly body: ReadableStream<Uint8Array>; readonly fromByte: number }>;
}

/** Of the answer that lists a repository. */
const LARGEST_ANSWER_BYTES = 16 << 20;
/** Files in folders are not looked at, nor is what could be no file of a model. */
const FILE = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;

const Sibling = z.looseObject({
  rfilename: z.string(),
  size: z.int().nonnegative().nullish(),
  blobId: z.string().nullish(),
  lfs: z
    .looseObject({ sha256: z.string().optional(), oid: z.string().optional(), size: z.int().nonnegative() })
    .nullish(),
});
const Answer = z.looseObject({ sha: HubListing.shape.commit, siblings: z.array(Sibling).max(100_000) });

/** Asks a hub. */
export function hubClient(hub: HubAddress, send: Fetch): HubClient {
  if (hub.token !== undefined && !mayHoldToken(hub.endpoint)) {
    throw new BaseModelError(`HF_TOKEN is sent over https alone, found HF_ENDPOINT ${hub.endpoint.origin}`);
  }

  async function ask(path: string, init: Parameters<typeof follow>[2], what: string): Promise<Response> {
    const response = await follow(hub, path, init, send);
    if (response.ok) return response;
    await response.body?.cancel();
    throw refusalOf(response.status, what, hub);
  }

  /** Some mirrors list names alone: what a file is then stands in the head of its download. */
  async function headOf(repository: string, commit: string, file: string, signal: AbortSignal): Promise<HubFile> {
    const path = filePath(repository, commit, file);
    // The hub itself knows; where it redirects to need not.
    const response = await send(new URL(path, hub.endpoint), {
      method: "HEAD",
      redirect: "manual",
      headers: {
        "accept-encoding": "identity",
        ...(hub.token !== undefined && { authorization: `Bearer ${hub.token}` }),
      },
      signal,
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new BaseModelError(`${hub.endpoint.host} does not answer`, { cause, mayPass: true });
    });
    const { headers } = response;
    const size = Number(headers.get("x-linked-size") ?? headers.get("content-length") ?? NaN);
    const found = fileOf(size, headers.get("x-linked-etag") ?? headers.get("etag") ?? "");
    if (found === undefined) throw new BaseModelError(`${hub.endpoint.host} does not say what ${file} is`);
    return found;
  }

  return {
    async list({ repository, revision }, signal) {
      const what = `${repository}@${revision}`;
      const path = `/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;
      const response = await ask(path, { signal }, what);
      const answer = Answer.safeParse(await jsonOf(response, hub));
      if (!answer.success) {
        const [issue] = answer.error.issues;
        throw new BaseModelError(
          `${hub.endpoint.host} describes ${what} unlike a hub: ${issue?.path.join(".")}: ${issue?.message}`,
        );
      }
      const { sha: commit, siblings } = answer.data;
      const files: Record<string, HubFile> = {};
      for (const { rfilename: file, size, blobId, lfs } of siblings) {
        if (!FILE.test(file)) continue;
        const told = fileOf(lfs?.size ?? size ?? NaN, lfs ? (lfs.sha256 ?? lfs.oid ?? "") : (blobId ?? ""));
        files[file] = told ?? (await headOf(repository, commit, file, signal));
      }
      return { commit, files };
    },
    async download(repository, commit, file, fromByte, signal) {
      const headers: Record<string, string> = fromByte === 0 ? {} : { range: `bytes=${fromByte}-` };
      const response = await ask(filePath(repository, commit, file), { headers, signal }, file);
      if (response.body === null)
        throw new BaseModelError(`${hub.endpoint.host} gives ${file} without content`, { mayPass: true });
      const [, begin] = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "") ?? [];
      const isPart = response.status === 206 && Number(begin) === fromByte;
      return { body: response.body, fromByte: isPart ? fromByte : 0 };
    },
  };
}

function filePath(repository: string, commit: string, file: string): string {
  return `/${repository}/resolve/${commit}/${encodeURIComponent(file)}`;
}

/** @param tag `"<hash>"`, as an entity tag or bare. */
function fileOf(size: number, tag: string): HubFile | undefined {
  const [, hex = ""] = /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/.exec(tag) ?? [];
  const found = HubFile.safeParse({ sizeBytes: size, digest: { kind: hex.length === 64 ? "sha256" : "git", hex } });
  return found.data;
}

async function jsonOf(response: Response, { endpoint }: HubAddress): Promise<unknown> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > LARGEST_ANSWER_BYTES) {
      throw new BaseModelError(`${endpoint.host} answers with more than ${LARGEST_ANSWER_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  const bytes = await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer();
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BaseModelError(`${endpoint.host} answers with something else than JSON`, { cause });
  }
}

function refusalOf(status: number, what: string, { endpoint, token }: HubAddress): BaseModelError {
  if (status === 401 || status === 403) {
    const held = token === undefined ? "none is set" : "the one that is set may not";
    return new BaseModelError(`${endpoint.host} gives ${what} only to who may read it; HF_TOKEN: ${held}`, {
      mayPass: true,
    });
  }
  if (status === 404) return new BaseModelError(`${endpoint.host} has no ${what}`);
  return new BaseModelError(`${endpoint.host} answers status ${status} for ${what}`, { mayPass: true });
}
