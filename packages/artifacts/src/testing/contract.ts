/** What every artifact store promises, as tests. */
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { CHUNK_BYTES } from "../chunk_manifest.ts";
import { ArtifactCorruptError, ArtifactNotFoundError, type ArtifactStore } from "../store.ts";

export interface StoreUnderTest {
  readonly store: ArtifactStore;
  /** Overwrites one byte of what is stored, behind the store's back. */
  damage(project: string, sha256: string, offset: number): Promise<void>;
}

const HELLO = new TextEncoder().encode("hello\n");
const HELLO_SHA256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

/** Bytes that differ from chunk to chunk. */
function sample(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 11)) & 0xff);
}

function streamOf(...pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

/**
 * Declares the suite.
 * @param name Adapter, for the titles.
 * @param open Gives an empty store; called once.
 */
export function artifactContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let tested: StoreUnderTest;
    beforeAll(async () => {
      tested = await open();
    });
    const inProject = (project: string) => tested.store.forProject(project);

    test("put() gives the SHA-256 of the bytes as address, of bytes and of streams, when called twice too", async () => {
      const artifacts = inProject("put");
      const wanted = { sha256: HELLO_SHA256, sizeBytes: 6, mediaType: "text/plain" };
      expect(await artifacts.put(HELLO, "text/plain")).toEqual(wanted);
      expect(await artifacts.put(streamOf(HELLO.slice(0, 2), HELLO.slice(2)), "text/plain")).toEqual(wanted);
      expect(await artifacts.bytes(HELLO_SHA256)).toEqual(HELLO);
      expect(await Array.fromAsync(artifacts.list())).toMatchObject([{ sha256: HELLO_SHA256, sizeBytes: 6 }]);
    });

    test("put() keeps an empty artifact", async () => {
      const artifacts = inProject("empty");
      const { sha256, sizeBytes } = await artifacts.put(new Uint8Array(), "text/plain");
      expect(sizeBytes).toBe(0);
      expect(await artifacts.bytes(sha256)).toEqual(new Uint8Array());
      expect(await artifacts.range(sha256, 0, 10)).toEqual(new Uint8Array());
    });

    test("put() stores nothing when the stream fails", async () => {
      const artifacts = inProject("failing");
      const failing = new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(HELLO);
          controller.error(new Error("the source broke"));
        },
      });
      await expect(artifacts.put(failing, "text/plain")).rejects.toThrow("the source broke");
      expect(await Array.fromAsync(artifacts.list())).toEqual([]);
    });

    test("bytes(), stream(), range(), sizeOf(), has() say so when there is no such artifact", async () => {
      const artifacts = inProject("absent");
      expect(await artifacts.has(HELLO_SHA256)).toBe(false);
      expect(await artifacts.sizeOf(HELLO_SHA256)).toBeUndefined();
      await expect(artifacts.bytes(HELLO_SHA256)).rejects.toThrow(ArtifactNotFoundError);
      await expect(artifacts.stream(HELLO_SHA256)).rejects.toThrow(ArtifactNotFoundError);
      await expect(artifacts.range(HELLO_SHA256, 0, 1)).rejects.toThrow(ArtifactNotFoundError);
      await artifacts.delete(HELLO_SHA256);
    });

    test("forProject() hides the artifacts of another project, equal bytes too, and deletes only its own", async () => {
      const [ours, theirs] = [inProject("ours"), inProject("theirs")];
      await theirs.put(HELLO, "text/plain");
      expect(await ours.has(HELLO_SHA256)).toBe(false);
      await expect(ours.bytes(HELLO_SHA256)).rejects.toThrow(/not found/);
      await ours.put(HELLO, "text/plain");
      await ours.delete(HELLO_SHA256);
      expect(await ours.has(HELLO_SHA256)).toBe(false);
      expect(await theirs.bytes(HELLO_SHA256)).toEqual(HELLO);
    });

    test("forProject() and every address refuse when a path is smuggled in", async () => {
      expect(() => tested.store.forProject("../theirs")).toThrow(RangeError);
      expect(() => tested.store.forProject("")).toThrow(RangeError);
      for (const address of ["../../etc/passwd", HELLO_SHA256.toUpperCase(), `${HELLO_SHA256}.chunks.json`]) {
        await expect(inProject("theirs").bytes(address)).rejects.toThrow(RangeError);
        await expect(inProject("theirs").delete(address)).rejects.toThrow(RangeError);
        await expect(inProject("theirs").has(address)).rejects.toThrow(RangeError);
      }
    });

    test("range() gives exactly the bytes asked for, wherever the chunks' bounds lie", async () => {
      const artifacts = inProject("ranges");
      const content = sample(2 * CHUNK_BYTES + 1234);
      const { sha256 } = await artifacts.put(
        streamOf(content.slice(0, 700_001), content.slice(700_001)),
        "application/x",
      );
      const position = fc.oneof(
        fc.integer({ min: 0, max: content.length + 10 }),
        fc.constantFrom(0, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, content.length),
      );
      await fc.assert(
        fc.asyncProperty(position, position, async (one, other) => {
          const [from, to] = [Math.min(one, other), Math.max(one, other)];
          const found = await artifacts.range(sha256, from, to);
          expect(found.length).toBe(content.slice(from, to).length);
          expect(indexOfDifference(found, content.subarray(from, to))).toBe(-1);
        }),
        { numRuns: 30 },
      );
      await expect(artifacts.range(sha256, 2, 1)).rejects.toThrow(RangeError);
      await expect(artifacts.range(sha256, -1, 1)).rejects.toThrow(RangeError);
    });

    test("bytes(), stream() and range() refuse when a stored byte was changed", async () => {
      const artifacts = inProject("damaged");
      const content = sample(2 * CHUNK_BYTES);
      const { sha256 } = await artifacts.put(content, "application/x");
      await tested.damage("damaged", sha256, CHUNK_BYTES + 5);
      await expect(artifacts.bytes(sha256)).rejects.toThrow(ArtifactCorruptError);
      const stream = await artifacts.stream(sha256);
      await expect(Array.fromAsync(stream)).rejects.toThrow(ArtifactCorruptError);
      await expect(artifacts.range(sha256, CHUNK_BYTES, CHUNK_BYTES + 1)).rejects.toThrow(/chunk 1 with hash/);
      // The first chunk is sound, and a range needs no more than that.
      expect(await artifacts.range(sha256, 3, 5)).toEqual(content.slice(3, 5));
    });

    test("put() is safe when the same bytes are put many times at once", async () => {
      const artifacts = inProject("together");
      const content = sample(100_000);
      const refs = await Promise.all(Array.from({ length: 8 }, () => artifacts.put(content, "application/x")));
      expect(new Set(refs.map((ref) => ref.sha256)).size).toBe(1);
      expect((await artifacts.bytes(refs[0]?.sha256 ?? "")).length).toBe(content.length);
    });

    test("list() gives each artifact once, by ascending address", async () => {
      const artifacts = inProject("listed");
      const refs = await Promise.all([1, 2, 3, 4, 5].map((size) => artifacts.put(sample(size), "application/x")));
      const wanted = refs.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes }));
      wanted.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
      const listed = await Array.fromAsync(artifacts.list());
      expect(listed.map(({ sha256, sizeBytes }) => ({ sha256, sizeBytes }))).toEqual(wanted);
    });

    test("deleteOlder() leaves what is as young as it says, and what was put again; a missing one is gone", async () => {
      const artifacts = inProject("old");
      const { sha256 } = await artifacts.put(HELLO, "text/plain");
      const storedAt = async (): Promise<number> => (await Array.fromAsync(artifacts.list()))[0]?.storedAtMs ?? NaN;
      const first = await storedAt();
      expect(await artifacts.deleteOlder(sha256, first)).toBe(false);
      expect(await artifacts.bytes(sha256)).toEqual(HELLO);
      await expect
        .poll(async () => (await artifacts.put(HELLO, "text/plain")) && storedAt(), { timeout: 10_000 })
        .toBeGreaterThan(first + 1);
      expect(await artifacts.deleteOlder(sha256, first + 1)).toBe(false);
      expect(await artifacts.range(sha256, 0, 2)).toEqual(HELLO.slice(0, 2));
      expect(await artifacts.deleteOlder(sha256, (await storedAt()) + 1)).toBe(true);
      expect(await artifacts.has(sha256)).toBe(false);
      expect(await artifacts.deleteOlder(sha256, first)).toBe(true);
    });

    test("deleteOlder() takes nothing from writers that put the same bytes at the same time", async () => {
      const artifacts = inProject("racing");
      const { sha256 } = await artifacts.put(HELLO, "text/plain");
      const now = (await Array.fromAsync(artifacts.list()))[0]?.storedAtMs ?? NaN;
      await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          at % 2 === 0 ? artifacts.put(HELLO, "text/plain") : artifacts.deleteOlder(sha256, now),
        ),
      );
      expect(await artifacts.range(sha256, 0, 10)).toEqual(HELLO);
    });
  });
}

function indexOfDifference(a: Uint8Array, b: Uint8Array): number {
  return a.findIndex((byte, index) => byte !== b[index]);
}
