import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Artifacts, readLines } from "@millrace/artifacts";
import { fileStore } from "@millrace/artifacts/file";
import { ListedCluster, ListedDocument } from "@millrace/contracts";
import { exactKey, signature, splitOf } from "@millrace/corpus";
import { afterAll, beforeAll, expect, test } from "vitest";
import { count, noCounts } from "./counts.ts";
import { type CleanedShard, deduplicate, type Deduplicated } from "./deduplicate.ts";
import { putLines } from "./json_artifacts.ts";
import type { PassedDocument } from "./passed_document.ts";

let folder: string;
let artifacts: Artifacts;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-deduplicate-"));
  artifacts = fileStore(folder).forProject("default");
});
afterAll(() => rm(folder, { recursive: true }));

async function passed(id: string, text: string): Promise<PassedDocument> {
  const key = { exact: await exactKey(text), signature: Array.from(signature(text)) };
  return { id, text, source: `${id}.md`, language: "en", redactions: [], signals: {}, ...key };
}

async function deduplicated(...shards: (readonly PassedDocument[])[]): Promise<Deduplicated> {
  const cleaned: CleanedShard[] = [];
  for (const documents of shards) {
    const counts = noCounts();
    for (const document of documents) count(counts, { passed: true, document, readBytes: document.text.length });
    const [stored, dropped] = [await putLines(artifacts, documents), await putLines(artifacts, [])];
    cleaned.push({ documents: stored, dropped, counts });
  }
  return deduplicate(artifacts, cleaned, {
    policy: "minimal",
    validationFraction: 0.1,
    sources: { count: 1, sizeBytes: 1, skipped: undefined },
    forgotten: new Set(),
    quarantined: [],
    reached: async () => {},
  });
}

/** Words that no other number shares; of letters, since numbers are all alike when texts are compared. */
const textOf = (number: number, words: number): string =>
  Array.from({ length: words }, (_, at) =>
    `${number}x${at}`.replaceAll(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? ""),
  ).join(" ");

test("clusters are listed by bytes saved, each with 50 of its members at most and the number of all", async () => {
  const large = textOf(1, 200);
  const small = textOf(2, 20);
  const copies = await Promise.all(Array.from({ length: 60 }, (_, at) => passed(`s${100 + at}`, small)));
  const { manifest } = await deduplicated(
    await Promise.all([passed("b", large), passed("c", large), passed("d", large)]),
    [...copies, await passed("a", textOf(3, 50))],
  );
  const { clusters, clusterCount } = manifest.lists ?? expect.fail("found no lists");
  const lines = await Array.fromAsync(readLines(await artifacts.stream(clusters.sha256)), (line) =>
    ListedCluster.parse(JSON.parse(line)),
  );
  const facts = lines.map(({ representative, source, copies: all, members }) => [
    representative,
    source,
    all,
    members.length,
  ]);
  expect(facts).toEqual([
    ["s100", "s100.md", 59, 50],
    ["b", "b.md", 2, 2],
  ]);
  expect(lines.map(({ savedBytes }) => savedBytes)).toEqual([59 * small.length, 2 * large.length]);
  expect(clusterCount).toBe(2);
});

test("a shard of more than 16 MiB of text becomes several, each sorted, in the same order every time", async () => {
  const documents: PassedDocument[] = [];
  for (let at = 0; at < 5; at += 1) {
    documents.push({ ...(await passed(`d${9 - at}`, textOf(at, 30))), text: `${at}`.repeat(5 * 1024 * 1024) });
  }
  const { manifest } = await deduplicated(documents, [await passed("a", textOf(7, 30))]);
  expect(manifest.shards.map(({ count: kept }) => kept)).toEqual([3, 2, 1]);
  const index = await Array.fromAsync(
    readLines(await artifacts.stream(manifest.shards[1]?.index.sha256 ?? "")),
    (line) => JSON.parse(line) as { id: string; shard: number },
  );
  expect(index.map(({ id, shard }) => [id, shard])).toEqual([
    ["d5", 1],
    ["d6", 1],
  ]);
  expect((await deduplicated(documents, [await passed("a", textOf(7, 30))])).manifest).toEqual(manifest);
});

test("of conversations among documents one at least is held out, and one at least is learnt from", async () => {
  const ids = Array.from({ length: 60 }, (_, at) => `d${at}`);
  const side = (wanted: string): string[] => ids.filter((id) => splitOf(id, 0.1) === wanted).slice(0, 2);
  for (const conversations of [side("train"), side("validation")]) {
    const documents = await Promise.all(
      ids.map(async (id, at): Promise<PassedDocument> => {
        const document = await passed(id, textOf(at, 30));
        if (!conversations.includes(id)) return document;
        return { ...document, turns: [{ role: "assistant", start: 0, end: document.text.length }] };
      }),
    );
    const { manifest } = await deduplicated(documents);
    const { documents: listed } = manifest.lists ?? expect.fail("found no lists");
    const lines = await Array.fromAsync(readLines(await artifacts.stream(listed.sha256)), (line) =>
      ListedDocument.parse(JSON.parse(line)),
    );
    const splits = lines.filter(({ id }) => conversations.includes(id)).map(({ split }) => split);
    expect(splits.sort()).toEqual(["train", "validation"]);
    expect(new Set(lines.map(({ split }) => split)).size).toBe(2);
  }
});

async function heldOutOf({ manifest }: Deduplicated): Promise<string[]> {
  const { documents } = manifest.lists ?? expect.fail("found no lists");
  const heldOut: string[] = [];
  for await (const line of readLines(await artifacts.stream(documents.sha256))) {
    const { id, split } = ListedDocument.parse(JSON.parse(line));
    if (split === "validation") heldOut.push(id);
  }
  return heldOut.sort();
}

test("a document whose place says on which side it stands is there, whatever its id", async () => {
  const ids = Array.from({ length: 40 }, (_, at) => `d${at}`);
  const documents = await Promise.all(
    ids.map(async (id, at): Promise<PassedDocument> => {
      return { ...(await passed(id, textOf(at, 30))), split: at < 5 ? "validation" : "train" };
    }),
  );
  expect(await heldOutOf(await deduplicated(documents))).toEqual(ids.slice(0, 5));
});

test("where no part that was to be held out is left, the last of the others in the order of files is", async () => {
  const documents = await Promise.all(
    ["d3", "d0", "d4", "d1"].map(async (id, at): Promise<PassedDocument> => {
      return { ...(await passed(id, textOf(at, 30))), split: "train" };
    }),
  );
  expect(await heldOutOf(await deduplicated(documents.slice(0, 2), documents.slice(2)))).toEqual(["d1"]);
});
