import { type LanguageDetector, openLanguageDetector } from "@millrace/corpus";
import { cleanFile } from "./clean_file.ts";
import type { Cleaner } from "./cleaner.ts";

/** Cleans on the loop that calls it: in a thread made for it, and where there are no threads. */
export function inProcessCleaner(): Cleaner {
  let opened: Promise<LanguageDetector> | undefined;
  return {
    atOnce: 1,
    async *clean(content, settings, signal) {
      signal.throwIfAborted();
      const detectLanguage = await (opened ??= openLanguageDetector());
      for await (const cleaned of cleanFile(content, settings, detectLanguage)) {
        signal.throwIfAborted();
        yield cleaned;
      }
    },
  };
}
