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
    .option("--documents", "write the documents, each with its language")
    .addHelpText("after", EXAMPLE)
    .action(async (files: string[], options: { documents?: true }) => {
      const { openLanguageDetector } = await import("@millrace/corpus");
      const detect = await openLanguageDetector();
      await runFilter("detect-language", files, toTextRecord, (document) => {
        const { language, confidence } = detect(document.text);
        return { ...(options.documents ? document : { id: document.id }), language, confidence };
      });
    });
}
