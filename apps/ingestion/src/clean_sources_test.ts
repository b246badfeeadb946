import { expect, test } from "vitest";
import { cleaningThreads } from "./adapters/cleaning_threads.ts";
import { cleanSources } from "./clean_sources.ts";
import type { Cleaner } from "./cleaner.ts";
import { sha256 } from "./read_source.ts";
import type { SourceFiles } from "./source_files.ts";
import { cleanedBy, contents, SETTINGS } from "./testing/cleaner_contract.ts";
import { inProcessCleaner } from "./in_process_cleaner.ts";

const all = contents();
const files: SourceFiles = {
  list: async () => ({ root: "/", files: [], skipped: [] }),
  async read(_, path) {
    const found = all.find((content) => content.path === path);
    if (found === undefined) throw new Error(`found no ${path}`);
    return found.bytes;
  },
};
const sources = await Promise.all(
  all.map(async ({ path, bytes }) => ({ path, sizeBytes: bytes.length, sha256: await sha256(bytes) })),
);

/** Takes longer for files that come earlier, and notes how many are worked on at a time. */
function slowAtFirst(atOnce: number): Cleaner & { most: () => number } {
  const inner = inProcessCleaner();
  let [now, most, left] = [0, 0, all.length];
  return {
    atOnce,
    most: () => most,
    async *clean(content, settings, signal) {
      most = Math.max(most, (now += 1));
      for (let wait = (left -= 1); wait > 0; wait -= 1) await new Promise((resolve) => setTimeout(resolve));
      yield* inner.clean(content, settings, signal);
      now -= 1;
    },
  };
}

test.each([1, 3])("cleanSources() keeps the plan's order with %i at once, and counts files", async (atOnce) => {
  const cleaner = slowAtFirst(atOnce);
  const finished: number[] = [];
  const work = { files, cleaner, root: "/", sources, settings: { ...SETTINGS }, signal: new AbortController().signal };
  const found = await Array.fromAsync(cleanSources({ ...work, finished: async (count) => void finished.push(count) }));
  const wanted = [];
  for (const { path, bytes } of all) {
    wanted.push(...(await cleanedBy(inProcessCleaner(), { path, bytes, licence: undefined })));
  }
  expect(found).toEqual(wanted);
  expect(finished).toEqual(all.map((_, index) => index + 1));
  expect(cleaner.most()).toBeLessThanOrEqual(atOnce + 1);
});

test("cleanSources() comes to its end where files ahead are read sooner and hold many documents", async () => {
  const threads = cleaningThreads(1);
  const [slow, , long] = sources as [(typeof sources)[0], (typeof sources)[0], (typeof sources)[0]];
  const late: SourceFiles = {
    ...files,
    async read(root, path) {
      if (path === slow.path) for (let turn = 0; turn < 50; turn += 1) await new Promise((go) => setTimeout(go));
      return files.read(root, path);
    },
  };
  const work = { files: late, cleaner: threads, root: "/", sources: [slow, long, slow, long], settings: SETTINGS };
  const signal = new AbortController().signal;
  const found = await Array.fromAsync(cleanSources({ ...work, signal, finished: async () => {} }));
  expect(found).toHaveLength(402);
  await threads.close();
});

test("cleanSources() sets aside what is gone or has changed, and goes on", async () => {
  const [first, second, third] = sources as [(typeof sources)[0], (typeof sources)[0], (typeof sources)[0]];
  const planned = [{ ...first, path: "gone.md" }, { ...second, sha256: first.sha256 }, third];
  const found = await Array.fromAsync(
    cleanSources({
      files,
      cleaner: inProcessCleaner(),
      root: "/",
      sources: planned,
      settings: SETTINGS,
      signal: new AbortController().signal,
      finished: async () => {},
    }),
  );
  const reasons = found.slice(0, 2).map((one) => !one.passed && one.dropped.reasons[0]?.code);
  expect(reasons).toEqual(["unreadable", "changed"]);
  expect(found).toHaveLength(202);
});
