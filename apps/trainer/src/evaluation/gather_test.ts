import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStore } from "@millrace/artifacts/file";
import { type ArtifactRef, CorpusManifest, TokenManifest } from "@millrace/contracts";
import { expect, test } from "vitest";
import { tinyCorpus } from "../testing/tiny_corpus.ts";
import { gather } from "./gather.ts";

test("gather() passes over the conversations that have no tokens, since the chat template refused them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-gather-"));
  const artifacts = fileStore(folder).forProject("default");
  const text = async ({ sha256 }: ArtifactRef): Promise<string> =>
    new TextDecoder().decode(await artifacts.bytes(sha256));
  const put = (value: string): Promise<ArtifactRef> =>
    artifacts.put(new TextEncoder().encode(value), "application/jsonl");
  const tiny = await tinyCorpus(artifacts);
  const corpus = CorpusManifest.parse(JSON.parse(await text(tiny.corpus)));
  const whole = TokenManifest.parse(JSON.parse(await text(tiny.tokenized)));
  const all = await gather(artifacts, corpus, whole, async () => {});

  const [shard, ...others] = whole.validation as [TokenManifest["validation"][number]];
  const [first = "", ...lines] = (await text(shard.index)).split("\n");
  const refused = JSON.parse(first) as { id: string; source: string };
  const without = { ...whole, validation: [{ ...shard, index: await put(lines.join("\n")) }, ...others] };
  const counts = { train: 0, validation: 0 };
  const chat = {
    template: { template: "{{ messages }}", specialTokens: {}, reserved: [] },
    isBases: false,
    conversations: counts,
    answerTokens: counts,
    refused: { count: 1, ids: await put(`${JSON.stringify({ id: refused.id })}\n`) },
  };
  const tokenized = TokenManifest.parse({ ...without, chat });
  const left = await gather(artifacts, corpus, tokenized, async () => {});
  const [before, after] = [all, left].map(({ described }) => described.map(({ source }) => source).sort());
  expect(after).toEqual(before?.filter((source) => source !== refused.source));
  expect([all.eligible, left.eligible]).toEqual([before?.length, after?.length]);
  expect(left.eligible).toBe(all.eligible - 1);
  await rm(folder, { recursive: true });
});
