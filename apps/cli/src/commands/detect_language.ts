import type { Command } from "commander";
import { toTextRecord } from "../filters/records.ts";
import { runFilter } from "../filters/run_filter.ts";

const EXAMPLE = `
Example:
  echo '{"id":"a","text":"Das Mühlrad dreht sich im Bach."}' | millrace detect-language`;

/** `millrace detect-language`: which language each text is in. */
export function register(program: Command): void {
  program
    .command("detect-language")
    .description('{"id","text"} lines to {"id","language","confidence"}: ISO 639-1, or und')
    .argument("[files...]", "JSON lines; standard input when left out")
    .addHelpText("after", EXAMPLE)
    .action(async (files: string[]) => {
      const { openLanguageDetector } = await import("@millrace/corpus");
      const detect = await openLanguageDetector();
      await runFilter("detect-language", files, toTextRecord, ({ id, text }) => {
        const { language, confidence } = detect(text);
        return { id, language, confidence };
      });
    });
}
