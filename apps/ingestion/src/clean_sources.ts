/** Cleans planned files several at a time, and gives their documents in the order of the plan, as if it had been one at a time. */
import type { SourcePlan } from "@millrace/contracts";
import { documentId } from "@millrace/corpus";
import type { Cleaned, Cleaner, CleaningSettings } from "./cleaner.ts";
import { quarantined } from "./clean_file.ts";
import { mostBytesOf } from "./list_sources.ts";
import { readSource } from "./read_source.ts";
import type { SourceFiles } from "./source_files.ts";

type PlannedSource = SourcePlan["sources"][number];

export interface CleanSources {
  readonly files: SourceFiles;
  readonly cleaner: Cleaner;
  readonly root: string;
  readonly sources: readonly PlannedSource[];
  readonly settings: CleaningSettings;
  readonly signal: AbortSignal;
  /** Called after the last document of each file. */
  finished(files: number): Promise<void>;
}

/**
 * Cleans files. Those ahead are begun while the documents of the first are taken; of each of them one batch waits at most.
 * @throws The signal's reason, once it is aborted.
 */
export async function* cleanSources(work: CleanSources): AsyncGenerator<Cleaned> {
  const begun: { documents: AsyncIterator<Cleaned>; first: Promise<IteratorResult<Cleaned>> }[] = [];
  let next = 0;
  let finished = 0;
  try {
    for (;;) {
      while (begun.length <= work.cleaner.atOnce && next < work.sources.length) {
        // Read one after the other, so that they ask for threads in the plan's order: the first of them always has one.
        const documents = await begin(work, work.sources[next++] as PlannedSource);
        const first = documents.next();
        // Its failure is seen when its turn comes.
        first.catch(() => undefined);
        begun.push({ documents, first });
      }
      const [head] = begun;
      if (head === undefined) return;
      for (let result = await head.first; result.done !== true; result = await head.documents.next()) {
        yield result.value;
      }
      begun.shift();
      await work.finished((finished += 1));
    }
  } finally {
    await Promise.all(begun.map(({ documents }) => documents.return?.()));
  }
}

async function begin(work: CleanSources, source: PlannedSource): Promise<AsyncIterator<Cleaned>> {
  const { files, cleaner, root, settings, signal } = work;
  signal.throwIfAborted();
  const read = await readSource(files, root, source, mostBytesOf(source.path, settings.maxDocumentBytes));
  if (read.ok)
    return cleaner.clean({ path: source.path, bytes: read.bytes, licence: source.licence }, settings, signal);
  const id = await documentId(source.path, 0);
  return only({ passed: false, dropped: quarantined(id, source.path, read.reason, read.detail, source.sizeBytes) });
}

async function* only(cleaned: Cleaned): AsyncGenerator<Cleaned> {
  yield cleaned;
}
