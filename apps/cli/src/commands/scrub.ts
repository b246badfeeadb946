import type { Command } from "commander";
import { toTextRecord } from "../filters/records.ts";
import { runFilter } from "../filters/run_filter.ts";

const EXAMPLE = `
Example:
  echo '{"id":"a","text":"Write to jo@example.org."}' | millrace scrub`;

/** `millrace scrub`: masks personal data, and says where it stood. */
export function register(program: Command): void {
  program
    .command("scrub")
    .description('{"id","text"} lines to {"id","text","pii"}: personal data and addresses masked')
    .argument("[files...]", "JSON lines; standard input when left out")
    .addHelpText("after", `\nOffsets in "pii" count UTF-16 units of the text that came in.\n${EXAMPLE}`)
    .action(async (files: string[]) => {
      const { PII_TYPES, scrub } = await import("@millrace/corpus");
      await runFilter("scrub", files, toTextRecord, ({ id, text }) => {
        const { text: masked, pii } = scrub(text, PII_TYPES);
        return { id, text: masked, pii: pii.map(({ type, start, end, score }) => ({ type, start, end, score })) };
      });
    });
}
