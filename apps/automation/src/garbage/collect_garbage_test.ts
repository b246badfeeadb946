import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Artifacts } from "@millrace/artifacts";
import { fileStore } from "@millrace/artifacts/file";
import type { ArtifactRef, GarbageReport } from "@millrace/contracts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { collectGarbage } from "./collect_garbage.ts";
import { contentKind } from "./content_kind.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 1_800_000_000_000;
const encoder = new TextEncoder();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-garbage-"));
});
afterAll(() => rm(folder, { recursive: true }));

let stores = 0;
interface Store {
  readonly artifacts: Artifacts;
  put(text: string, mediaType: string, ageMs: number): Promise<ArtifactRef>;
}
function newStore(): Store {
  const dir = join(folder, String((stores += 1)));
  const artifacts = fileStore(dir).forProject("default");
  return {
    artifacts,
    async put(text, mediaType, ageMs) {
      const ref = await artifacts.put(encoder.encode(text), mediaType);
      const file = join(dir, "default", ref.sha256.slice(0, 2), ref.sha256);
      for (const path of [file, `${file}.chunks.json`]) await utimes(path, new Date(), new Date(NOW_MS - ageMs));
      return ref;
    },
  };
}

interface Names {
  readonly refs: readonly (ArtifactRef | string)[];
  readonly workingSinceMs?: number;
}
function collect({ artifacts }: Store, { refs, workingSinceMs }: Names, dryRun = false): Promise<GarbageReport> {
  const named = refs.map((ref) => (typeof ref === "string" ? { sha256: ref, mediaType: null } : ref));
  const answer = { artifacts: named, workingSinceMs: workingSinceMs ?? null };
  const work = { artifacts, named: async () => [answer], nowMs: NOW_MS };
  return collectGarbage(work, { dryRun, graceSeconds: DAY_MS / 1000 });
}
const left = async ({ artifacts }: Store): Promise<string[]> =>
  (await Array.fromAsync(artifacts.list())).map(({ sha256 }) => sha256);

test("nothing goes that is named, or named by what is named, however far; all else that is old goes", async () => {
  /** Artifact n may name artifacts before it. */
  const graph = fc.array(
    fc.record({
      names: fc.array(fc.nat(), { maxLength: 3 }),
      isManifest: fc.boolean(),
      isRoot: fc.boolean(),
      isOld: fc.boolean(),
      /** The row tells the address alone. */
      isBare: fc.boolean(),
    }),
    { minLength: 1, maxLength: 14 },
  );
  await fc.assert(
    fc.asyncProperty(graph, async (nodes) => {
      const store = newStore();
      const refs: ArtifactRef[] = [];
      const children: number[][] = [];
      for (const [at, { names, isManifest, isOld }] of nodes.entries()) {
        const named = isManifest && at > 0 ? names.map((name) => name % at) : [];
        children.push(named);
        const text = isManifest
          ? JSON.stringify({ at, parts: named.map((name) => ({ part: refs[name] })) })
          : `${JSON.stringify({ at, text: refs[0]?.sha256 })}\n{}\n`;
        const type = isManifest ? "application/json" : "application/jsonl";
        refs.push(await store.put(text, type, isOld ? 2 * DAY_MS : 1000));
      }
      const needed = new Set<number>();
      const visit = (at: number): void => {
        if (needed.has(at)) return;
        needed.add(at);
        children[at]?.forEach(visit);
      };
      nodes.forEach(({ isRoot }, at) => isRoot && visit(at));
      const roots = nodes.flatMap(({ isRoot, isBare }, at) => {
        const ref = refs[at] as ArtifactRef;
        return isRoot ? [isBare ? ref.sha256 : ref] : [];
      });
      const wanted = refs.filter((_, at) => needed.has(at) || !nodes[at]?.isOld).map(({ sha256 }) => sha256);
      const goes = refs.filter(({ sha256 }) => !wanted.includes(sha256));
      const preview = await collect(store, { refs: roots }, true);
      expect((await left(store)).length).toBe(refs.length);
      const report = await collect(store, { refs: roots });
      expect(report).toEqual({ ...preview, deleted: true });
      expect(await left(store)).toEqual(wanted.toSorted());
      expect(report.garbage.reduce((sum, kind) => sum + kind.bytes, 0)).toBe(
        goes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      );
    }),
    { numRuns: 25 },
  );
});

test("what is younger than unfinished work stays, since nothing may name it yet", async () => {
  const store = newStore();
  const { sha256 } = await store.put("a shard", "application/octet-stream", 3 * DAY_MS);
  const report = await collect(store, { refs: [], workingSinceMs: NOW_MS - 4 * DAY_MS });
  expect(report).toMatchObject({ young: { artifacts: 1, bytes: 7 }, garbage: [] });
  expect(await left(store)).toEqual([sha256]);
  expect(await collect(store, { refs: [], workingSinceMs: NOW_MS - 2 * DAY_MS })).toMatchObject({
    garbage: [{ kind: "other", artifacts: 1, bytes: 7 }],
  });
});

test("nothing goes where a service does not answer, or where what is needed cannot be read", async () => {
  const store = newStore();
  await store.put("nobody's", "text/plain", 2 * DAY_MS);
  const down = new Error("the registry is down");
  const work = { artifacts: store.artifacts, named: () => Promise.reject(down), nowMs: NOW_MS };
  await expect(collectGarbage(work, { dryRun: false, graceSeconds: 0 })).rejects.toThrow("the registry is down");
  const manifest = await store.put(JSON.stringify({ parts: [] }), "application/json", 2 * DAY_MS);
  const broken: Artifacts = { ...store.artifacts, bytes: () => Promise.reject(new Error("the disk is broken")) };
  await expect(collect({ ...store, artifacts: broken }, { refs: [manifest] })).rejects.toThrow("the disk is broken");
  expect(await left(store)).toHaveLength(2);
});

test("what is stored again while it is looked for stays", async () => {
  const store = newStore();
  const { sha256 } = await store.put("a checkpoint", "application/octet-stream", 2 * DAY_MS);
  const named = async () => {
    await store.put("a checkpoint", "application/octet-stream", 0);
    return [];
  };
  const report = await collectGarbage(
    { artifacts: store.artifacts, named, nowMs: NOW_MS },
    { dryRun: false, graceSeconds: 60 },
  );
  expect(report).toMatchObject({ young: { artifacts: 1 }, garbage: [] });
  expect(await left(store)).toEqual([sha256]);
});

test.each([
  ["JSON", '{"a":1}'],
  ["JSON", "[1,2"],
  ["JSON lines", '{"a":1}\n{"a":2}\n'],
  ["weights", '\x10\0\0\0\0\0\0\0{"__metadata__":{}}'],
  ["graphs", "\x08\x08\x12\x08millrace:graph and so on"],
  ["other", "\x08\x08"],
  ["other", ""],
] as const)("contentKind() finds %s in %j", (kind, text) => {
  expect(contentKind(encoder.encode(text))).toBe(kind);
});
