import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { fileStore } from "@millrace/artifacts/file";
import { BaseModel, type BaseSummary } from "@millrace/contracts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BaseModelError } from "../base/base_folder.ts";
import { hubClient } from "../base/hub_client.ts";
import { importBase } from "../base/import_base.ts";
import { COMMIT, type Hub, listingOf, modelFiles, REPOSITORY, sendJson, startHub } from "../testing/hub.ts";
import { baseFolders, type BaseFoldersOptions } from "./base_folders.ts";
import { hubFolder } from "./hub_cache.ts";
import { openPlainFile } from "./model_folder.ts";

const TOKEN = "hf_thisMustNeverBeSeen";
const files = modelFiles("tiny-gpt2");
const WEIGHTS = "model.safetensors";
const weights = files[WEIGHTS] as Uint8Array;

/** Bytes of the weights that come before a connection breaks. */
const SENT = 20_000;

let folder: string;
let hub: Hub;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-hub-"));
  hub = await startHub(files);
  warnings = [];
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

const artifacts = () => fileStore(join(folder, "artifacts")).forProject("default");
const hooks = { taken: async () => {}, signal: new AbortController().signal };

const openFolders = (options: Partial<BaseFoldersOptions> = {}) =>
  baseFolders({
    cacheFolder: join(folder, "hub"),
    cacheBytes: 1e9,
    endpoint: hub.address,
    token: TOKEN,
    warn: (message) => warnings.push(message),
    ...options,
  });

async function take(from: string, options: Partial<BaseFoldersOptions> = {}): Promise<BaseSummary> {
  return importBase(await openFolders(options).find(from, hooks.signal), artifacts(), hooks);
}

async function manifestOf({ manifest }: BaseSummary): Promise<BaseModel> {
  return BaseModel.parse(JSON.parse(new TextDecoder().decode(await artifacts().bytes(manifest.sha256))));
}

/** Answers downloads of the weights. */
function interfereWithWeights(answer: (response: ServerResponse, range: string | undefined) => void): void {
  hub.interfere = (request, response) => {
    if (request.url !== `/storage/${WEIGHTS}`) return false;
    answer(response, request.headers.range);
    return true;
  };
}

/** Sends a part of the weights, and ends the connection once that is on the disk. */
function breakOff(response: ServerResponse): void {
  response.writeHead(200, { "content-length": String(weights.length) });
  response.write(weights.subarray(0, SENT));
  const arrived = async (): Promise<void> => {
    const names = await readdir(join(folder, "hub"), { recursive: true });
    const part = names.find((name) => name.endsWith(".part")) ?? "";
    expect((await stat(join(folder, "hub", part))).size).toBe(SENT);
  };
  void vi.waitFor(arrived, 20_000).finally(() => response.destroy());
}

async function refusal(from: string, options: Partial<BaseFoldersOptions> = {}): Promise<BaseModelError> {
  const error: unknown = await take(from, options).catch((found: unknown) => found);
  if (!(error instanceof BaseModelError)) throw new Error("wanted a refusal", { cause: error });
  expect(String(error)).not.toContain(TOKEN);
  return error;
}

describe("a model of the hub", () => {
  test("is taken at the commit that its revision is, with the hash of each file and its licence", async () => {
    const taken = await take(`hf:${REPOSITORY}@v1`);
    expect(taken).toMatchObject({ name: `hf:${REPOSITORY}@${COMMIT}`, licence: "apache-2.0" });
    const base = await manifestOf(taken);
    expect(base.origin).toEqual({ kind: "hub", repository: REPOSITORY, revision: "v1", commit: COMMIT });
    expect(base).toMatchObject({ bos: 0, eos: 0, config: { architecture: "gpt2", layers: 2, vocabularySize: 384 } });
    expect(Object.keys(base.files).sort()).toEqual(
      Object.keys(files)
        .filter((name) => name !== "golden.json")
        .sort(),
    );
    for (const [name, { sha256, sizeBytes }] of Object.entries(base.files)) {
      expect(sha256, name).toBe(
        createHash("sha256")
          .update(files[name] ?? "")
          .digest("hex"),
      );
      expect(sizeBytes).toBe(files[name]?.length);
    }
    expect(new Set(hub.asked.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${TOKEN}`]));
    // Not its test data, which nobody needs.
    expect(hub.asked.some(({ path }) => path.includes("golden"))).toBe(false);
  });

  test("is not asked for again: not offline, and not for a commit", async () => {
    const first = await take(`hf:${REPOSITORY}`);
    hub.asked.length = 0;
    expect(await take(`hf:${REPOSITORY}`, { isOffline: true })).toEqual(first);
    const { config, files: found } = await manifestOf(await take(`hf:${REPOSITORY}@${COMMIT}`));
    expect({ config, files: found }).toEqual({ config: expect.anything(), files: (await manifestOf(first)).files });
    expect(hub.asked).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test("is the one that it was before where the hub does not answer, and that is said", async () => {
    const first = await take(`hf:${REPOSITORY}`);
    hub.interfere = (_, response) => {
      sendJson(response, {}, 503);
      return true;
    };
    expect(await take(`hf:${REPOSITORY}`)).toEqual(first);
    expect(warnings).toEqual([expect.stringContaining(`going on with commit ${COMMIT}`)]);
  });

  test("that was never taken cannot be had offline", async () => {
    expect((await refusal(`hf:${REPOSITORY}`, { isOffline: true })).message).toContain("HF_HUB_OFFLINE is set");
    expect(hub.asked).toEqual([]);
  });

  test("goes on downloading where it broke off", async () => {
    interfereWithWeights(breakOff);
    expect(await refusal(`hf:${REPOSITORY}`)).toMatchObject({
      mayPass: true,
      message: expect.stringContaining("broke off"),
    });
    hub.interfere = undefined;
    hub.asked.length = 0;
    expect((await manifestOf(await take(`hf:${REPOSITORY}`))).files[WEIGHTS]?.sizeBytes).toBe(weights.length);
    const ranges = hub.asked.flatMap(({ range = [] }) => range);
    expect([...new Set(ranges)]).toEqual([`bytes=${SENT}-`]);
  });

  test("is downloaded once by many who want it at the same time", async () => {
    const bases = openFolders();
    const found = await Promise.all([1, 2, 3].map(() => bases.find(`hf:${REPOSITORY}@${COMMIT}`, hooks.signal)));
    const read = await Promise.all(found.map(async (one) => buffer(await one.open(WEIGHTS, async () => {}))));
    for (const content of read) expect(content.equals(weights)).toBe(true);
    expect(hub.asked.filter(({ path }) => path === `/storage/${WEIGHTS}`)).toHaveLength(1);
  });

  test("is not waited for by a run that is cancelled while another downloads it", async () => {
    const bases = openFolders();
    const asked = Promise.withResolvers<ServerResponse>();
    interfereWithWeights(asked.resolve);
    const stop = new AbortController();
    const find = (signal: AbortSignal) => bases.find(`hf:${REPOSITORY}@${COMMIT}`, signal);
    const [one, two, three] = [await find(hooks.signal), await find(stop.signal), await find(hooks.signal)];
    const first = one.open(WEIGHTS, async () => {});
    const response = await asked.promise;
    const second = two.open(WEIGHTS, async () => {});
    const third = three.open(WEIGHTS, async () => {});
    const reason = new Error("cancelled");
    stop.abort(reason);
    await expect(second).rejects.toBe(reason);
    response.writeHead(200).end(weights);
    for (const content of [await first, await third]) {
      expect((await buffer(content)).equals(weights)).toBe(true);
    }
    expect(hub.asked.filter(({ path }) => path === `/storage/${WEIGHTS}`)).toHaveLength(1);
  });

  test("begins anew where the hub gives no parts", async () => {
    interfereWithWeights(breakOff);
    await refusal(`hf:${REPOSITORY}`);
    interfereWithWeights((response) => response.writeHead(200).end(weights));
    expect((await manifestOf(await take(`hf:${REPOSITORY}`))).files[WEIGHTS]?.sizeBytes).toBe(weights.length);
  });

  test("is known by the heads of its files where a mirror lists their names alone", async () => {
    const wanted = await take(`hf:${REPOSITORY}`);
    hub.interfere = (request, response) => {
      if (!request.url?.startsWith("/api/")) return false;
      sendJson(response, { sha: COMMIT, siblings: Object.keys(files).map((rfilename) => ({ rfilename })) });
      return true;
    };
    expect(await take(`hf:${REPOSITORY}`, { cacheFolder: join(folder, "other") })).toEqual(wanted);
    expect(hub.asked.some(({ method }) => method === "HEAD")).toBe(true);
  });

  test("may name files wherever it likes: only plain names at its top are taken", async () => {
    const digest = { size: 3, blobId: "a".repeat(40) };
    const names = [
      "../../escape.json",
      "/etc/passwd",
      "sub/config.json",
      ".ssh",
      "con\u0000fig",
      "..",
      "C:\\x",
      "a".repeat(300),
    ];
    hub.interfere = (request, response) => {
      if (!request.url?.startsWith("/api/")) return false;
      sendJson(
        response,
        listingOf(
          files,
          names.map((rfilename) => ({ rfilename, ...digest })),
        ),
      );
      return true;
    };
    await take(`hf:${REPOSITORY}`);
    expect((await readdir(folder)).sort()).toEqual(["artifacts", "hub"]);
    expect(hub.asked.some(({ path }) => /escape|passwd|sub|ssh/.test(path))).toBe(false);
  });
});

const blobs = (): string =>
  join(folder, "hub", encodeURIComponent(new URL(hub.address).host), "models--millers--tiny", "blobs");
const readWeights = async (options: Partial<BaseFoldersOptions> = {}): Promise<Buffer> => {
  const found = await openFolders(options).find(`hf:${REPOSITORY}@${COMMIT}`, hooks.signal);
  return buffer(await found.open(WEIGHTS, async () => {}));
};

const kept = async (): Promise<string[]> => (await readdir(blobs())).sort();

describe("the cache of a hub", () => {
  const HOUR_MS = 3_600_000;
  const digest = createHash("sha256").update(weights).digest("hex");
  const aged = async (name: string, hours: number): Promise<void> => {
    const used = new Date(Date.now() - hours * HOUR_MS);
    await utimes(join(blobs(), name), used, used);
  };
  /** Puts a file there that a model of before has left. */
  const leave = async (name: string, content: Uint8Array, hours: number): Promise<void> => {
    await mkdir(blobs(), { recursive: true });
    await writeFile(join(blobs(), name), content);
    await aged(name, hours);
  };

  test("is shared by processes that download the same file at the same time", async () => {
    const [one, two] = [Promise.withResolvers<ServerResponse>(), Promise.withResolvers<ServerResponse>()];
    const waiting = [one, two];
    interfereWithWeights((response) => waiting.shift()?.resolve(response));
    const read = [readWeights(), readWeights()];
    const responses = [await one.promise, await two.promise];
    for (const response of responses) response.writeHead(200).write(weights.subarray(0, SENT));
    for (const response of responses) response.end(weights.subarray(SENT));
    for (const content of await Promise.all(read)) expect(content.equals(weights)).toBe(true);
    expect(await kept()).toEqual([digest]);
  });

  test.each([
    [1, [`bytes=${SENT}-`]],
    [0, []],
  ])("goes on with what a process has left %i hours ago, unless it may still be at it", async (hours, ranges) => {
    await leave(`${digest}.${crypto.randomUUID()}.part`, weights.slice(0, SENT), hours);
    expect((await readWeights()).equals(weights)).toBe(true);
    expect([...new Set(hub.asked.flatMap(({ range = [] }) => range))]).toEqual(ranges);
  });

  test.each([`${digest}.part`, `${digest}.${crypto.randomUUID()}.part`])(
    "gives %s to one of two processes: the other begins anew",
    async (left) => {
      await leave(left, weights.slice(0, SENT), 1);
      const asked = [1, 2].map(() => Promise.withResolvers<[ServerResponse, string | undefined]>());
      const waiting = [...asked];
      interfereWithWeights((response, range) => waiting.shift()?.resolve([response, range]));
      const read: Promise<Buffer>[] = [];
      const ranges: (string | undefined)[] = [];
      const responses: ServerResponse[] = [];
      for (const { promise } of asked) {
        read.push(readWeights());
        const [response, range] = await promise;
        responses.push(response);
        ranges.push(range);
      }
      expect(ranges).toEqual([`bytes=${SENT}-`, undefined]);
      const rest = `bytes ${SENT}-${weights.length - 1}/${weights.length}`;
      responses[0]?.writeHead(206, { "content-range": rest }).end(weights.subarray(SENT));
      responses[1]?.writeHead(200).end(weights);
      for (const content of await Promise.all(read)) expect(content.equals(weights)).toBe(true);
      expect(await kept()).toEqual([digest]);
    },
  );

  test("gives what it has downloaded where it cannot keep to its limit, and says so", async () => {
    const client = hubClient({ endpoint: new URL(hub.address), token: undefined }, fetch);
    const options = {
      folder: join(folder, "hub"),
      client,
      warn: (message: string) => void warnings.push(message),
      underWay: new Map(),
      grown: () => Promise.reject(new Error("the disk is read-only")),
    };
    const found = await hubFolder({ repository: REPOSITORY, revision: COMMIT }, options, hooks.signal);
    expect((await buffer(await found.open(WEIGHTS, async () => {}))).equals(weights)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining("the disk is read-only")]);
  });

  test("keeps to its limit: what was used least recently goes, and nothing that is in use", async () => {
    for (const [name, hours] of [
      ["old", 3],
      ["older", 4],
      ["oldest.part", 5],
      ["new", 0],
    ] as const) {
      await leave(name, new Uint8Array(10_000), hours);
    }
    await readWeights({ cacheBytes: weights.length + 20_000 });
    expect(await kept()).toEqual([digest, "new", "old"].sort());
    // What is asked for again counts as used.
    await aged(digest, 2);
    await readWeights();
    const found = await openFolders({ cacheBytes: 0 }).find(`hf:${REPOSITORY}@${COMMIT}`, hooks.signal);
    await buffer(await found.open("config.json", async () => {}));
    expect(await kept()).toEqual(expect.arrayContaining([digest, "new"]));
    expect(await kept()).not.toContain("old");
  });

  test("tells what nobody has used since, and deletes it; offline all stays", async () => {
    await readWeights();
    await leave("old", new Uint8Array(700), 30);
    await leave("left.part", new Uint8Array(50), 30);
    const since = { usedBeforeMs: Date.now() - 24 * HOUR_MS };
    const told = { kept: { files: 1, bytes: weights.length }, freed: { files: 2, bytes: 750 } };
    expect(await openFolders().freeUnused({ ...since, dryRun: true })).toEqual(told);
    const all = await openFolders({ isOffline: true }).freeUnused({ ...since, dryRun: false });
    expect(all.freed.files).toBe(0);
    expect(await openFolders().freeUnused({ ...since, dryRun: false })).toEqual(told);
    expect(await kept()).toEqual([digest]);
    expect(await openFolders({ cacheFolder: join(folder, "none") }).freeUnused({ ...since, dryRun: true })).toEqual({
      kept: { files: 0, bytes: 0 },
      freed: { files: 0, bytes: 0 },
    });
  });

  test("may lose a file while it is read", async () => {
    const found = await openFolders().find(`hf:${REPOSITORY}@${COMMIT}`, hooks.signal);
    const opened = await found.open(WEIGHTS, async () => {});
    await openFolders().freeUnused({ usedBeforeMs: Infinity, dryRun: false });
    expect(await kept()).toEqual([]);
    expect((await buffer(opened)).equals(weights)).toBe(true);
    expect((await readWeights()).equals(weights)).toBe(true);
  });
});

describe("a hostile hub", () => {
  test("cannot pass other weights off: they are refused, and not kept", async () => {
    interfereWithWeights((response) => response.writeHead(200).end(weights.with(9000, 1)));
    const error = await refusal(`hf:${REPOSITORY}`);
    expect(error).toMatchObject({
      mayPass: true,
      message: expect.stringMatching(/model\.safetensors has sha256 .*, the hub says /),
    });
    hub.interfere = undefined;
    expect((await take(`hf:${REPOSITORY}`)).licence).toBe("apache-2.0");
  });

  test("cannot pass another small file off", async () => {
    hub.interfere = (request, response) => {
      if (!request.url?.endsWith("/tokenizer.json")) return false;
      response.writeHead(200).end((files["tokenizer.json"] as Uint8Array).with(20, 0x20));
      return true;
    };
    expect((await refusal(`hf:${REPOSITORY}`)).message).toMatch(/tokenizer\.json has git .*, the hub says /);
  });

  test("cannot fill the disk", async () => {
    interfereWithWeights((response) => response.writeHead(200).end(new Uint8Array(weights.length + 1)));
    expect((await refusal(`hf:${REPOSITORY}`)).message).toContain("more than the 56576 bytes that the hub says");
    hub.interfere = (request, response) => {
      if (!request.url?.startsWith("/api/")) return false;
      response.writeHead(200).end(`{"sha": "${" ".repeat(17 << 20)}`);
      return true;
    };
    expect((await refusal(`hf:${REPOSITORY}`, { cacheFolder: join(folder, "two") })).message).toContain(
      "more than 16777216 bytes",
    );
  });

  const lies: readonly (readonly [string, (listing: Record<string, unknown>) => unknown, string])[] = [
    ["no object", () => [], "describes millers/tiny@main unlike a hub"],
    ["a commit that is none", (listing) => ({ ...listing, sha: "../../x" }), "unlike a hub: sha"],
    ["a file without a name", (listing) => ({ ...listing, siblings: [{}] }), "unlike a hub: siblings.0.rfilename"],
    [
      "weights of two terabytes",
      (listing) => ({
        ...listing,
        siblings: (listing["siblings"] as { rfilename: string; lfs?: object }[]).map((one) =>
          one.lfs ? { ...one, size: 2 ** 41, lfs: { ...one.lfs, size: 2 ** 41 } } : one,
        ),
      }),
      "found 2199023255552 bytes of weights, wanted at most",
    ],
    [
      "a configuration of a gigabyte",
      (listing) => ({
        ...listing,
        siblings: (listing["siblings"] as { rfilename: string }[]).map((one) =>
          one.rfilename === "config.json" ? { ...one, size: 2 ** 30 } : one,
        ),
      }),
      "config.json has 1073741824 bytes, wanted at most",
    ],
  ];
  test.each(lies)("may list %s: that is refused", async (_, change, message) => {
    hub.interfere = (request, response) => {
      if (!request.url?.startsWith("/api/")) return false;
      sendJson(response, change(listingOf(files) as Record<string, unknown>));
      return true;
    };
    expect((await refusal(`hf:${REPOSITORY}`)).message).toContain(message);
  });

  test("may be anything but a hub", async () => {
    hub.interfere = (_, response) => {
      response.writeHead(200).end("<html>");
      return true;
    };
    expect((await refusal(`hf:${REPOSITORY}`)).message).toContain("answers with something else than JSON");
  });

  test.each([
    [401, undefined, "gives millers/tiny@main only to who may read it; HF_TOKEN: none is set", true],
    [403, TOKEN, "HF_TOKEN: the one that is set may not", true],
    [404, TOKEN, "has no millers/tiny@main", false],
    [500, TOKEN, "answers status 500 for millers/tiny@main", true],
  ])("that answers %i is told of in words", async (status, token, message, mayPass) => {
    hub.interfere = (_, response) => {
      sendJson(response, { error: "no" }, status);
      return true;
    };
    const error = await refusal(`hf:${REPOSITORY}`, { token });
    expect(error.message).toContain(message);
    expect(error.mayPass).toBe(mayPass);
  });

  test.each([
    "http://example.org/evil",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://user@example.org/",
    "file:///etc/passwd",
    "https://db.internal/",
    "https://db.internal./",
    "https://localhost./x",
    "https://intranet/x",
  ])("cannot send a download to %s", async (location) => {
    interfereWithWeights((response) => response.writeHead(302, { location }).end());
    expect((await refusal(`hf:${REPOSITORY}`)).message).toContain("wanted https and a public name");
  });

  test("cannot redirect for ever", async () => {
    interfereWithWeights((response) => response.writeHead(302, { location: `/storage/${WEIGHTS}` }).end());
    expect((await refusal(`hf:${REPOSITORY}`)).message).toContain("redirects more than 5 times");
  });
});

test("what is no plain file is not opened: its end may never come", async () => {
  await expect(openPlainFile("/dev/zero")).rejects.toThrow("found no plain file");
});

test("a token stays with the hub: where large files lie it is not sent", async () => {
  const asked: [string, string | null][] = [];
  const elsewhere = "https://storage.example.org";
  interfereWithWeights((response) => response.writeHead(302, { location: `${elsewhere}/blob` }).end());
  await take(`hf:${REPOSITORY}`, {
    async fetch(url, init) {
      asked.push([url.origin, new Headers(init.headers).get("authorization")]);
      return url.origin === elsewhere ? new Response(weights.slice()) : fetch(url, init);
    },
  });
  expect(asked.filter(([origin]) => origin === elsewhere)).toEqual([[elsewhere, null]]);
  expect(asked.filter(([origin]) => origin === hub.address).every(([, sent]) => sent === `Bearer ${TOKEN}`)).toBe(true);
});

test("a token is not sent in the clear to another machine", async () => {
  const error = await refusal(`hf:${REPOSITORY}`, { endpoint: "http://mirror.example.org" });
  expect(error.message).toContain("HF_TOKEN is sent over https alone");
});

test.each([
  "ftp://mirror.example.org",
  "https://mirror.example.org/path",
  "mirror",
  "https://name:secret@mirror.example.org",
])("an HF_ENDPOINT of %s is refused without being repeated", async (endpoint) => {
  const { message } = await refusal(`hf:${REPOSITORY}`, { endpoint });
  expect(message).toContain("HF_ENDPOINT: wanted an address");
  expect(message).not.toContain("secret");
});
