/** A server of the layout of Hugging Face's hub, for tests: one model at one commit. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";
export const REPOSITORY = "millers/tiny";
/** Files of this ending lie in large file storage, as they do at the hub. */
const LARGE = ".safetensors";

type Files = Readonly<Record<string, Uint8Array>>;

/** What was asked, in order. */
export interface AskedOfHub {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface Hub {
  readonly address: string;
  readonly asked: AskedOfHub[];
  /** Answers in its stead; true if it did. */
  interfere: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

/** Reads a folder of `test/kit/testdata`. */
export function modelFiles(name: "tiny-gpt2" | "tiny-llama"): Record<string, Uint8Array> {
  const folder = fileURLToPath(new URL(`../../../../test/kit/testdata/${name}/`, import.meta.url));
  return Object.fromEntries(readdirSync(folder).map((file) => [file, new Uint8Array(readFileSync(folder + file))]));
}

/** What the hub says of its files; `extra` is added as it is. */
export function listingOf(files: Files, extra: readonly object[] = []): object {
  const siblings = Object.entries(files).map(([rfilename, content]) => {
    const { length: size } = content;
    const blobId = gitDigest(content);
    if (!rfilename.endsWith(LARGE)) return { rfilename, size, blobId };
    return { rfilename, size, blobId, lfs: { sha256: sha256(content), size, pointerSize: 134 } };
  });
  return { id: REPOSITORY, sha: COMMIT, private: false, siblings: [...siblings, ...extra] };
}

/** Starts it on a free port of this machine. */
export async function startHub(files: Files): Promise<Hub> {
  const asked: AskedOfHub[] = [];
  const server = createServer((request, response) => {
    const { method = "", url: path = "", headers } = request;
    asked.push({ method, path, authorization: headers.authorization, range: headers.range });
    if (hub.interfere?.(request, response)) return;
    const [, file] = new RegExp(`^/${REPOSITORY}/resolve/${COMMIT}/([^/]+)$`).exec(path) ?? [];
    const [, stored] = /^\/storage\/([^/]+)$/.exec(path) ?? [];
    const name = decodeURIComponent(file ?? stored ?? "");
    const content = files[name];
    if (
      /^\/api\/models\/millers\/tiny\/revision\/(?:main|v1|0123456789abcdef0123456789abcdef01234567)\?blobs=true$/.test(
        path,
      )
    ) {
      sendJson(response, listingOf(files));
    } else if (content === undefined) {
      sendJson(response, { error: "Entry not found" }, 404);
    } else if (file !== undefined && name.endsWith(LARGE)) {
      const linked = { "x-linked-etag": `"${sha256(content)}"`, "x-linked-size": String(content.length) };
      response.writeHead(302, { location: `/storage/${file}`, "x-repo-commit": COMMIT, ...linked }).end();
    } else {
      sendContent(request, response, content, file === undefined ? sha256(content) : gitDigest(content));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const hub: Hub = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    interfere: undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return hub;
}

export function sendJson(response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}

function sendContent(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  content: Uint8Array,
  etag: string,
): void {
  const [, begin] = /^bytes=(\d+)-$/.exec(headers.range ?? "") ?? [];
  const from = Number(begin ?? 0);
  const part = begin === undefined ? {} : { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(begin === undefined ? 200 : 206, {
    etag: `"${etag}"`,
    "content-length": String(content.length - from),
    ...part,
  });
  response.end(method === "HEAD" ? undefined : content.subarray(from));
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function gitDigest(content: Uint8Array): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
