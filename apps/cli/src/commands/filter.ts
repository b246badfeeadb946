import type { Command } from "commander";
import { toTextRecord } from "../filters/records.ts";
import { runFilter } from "../filters/run_filter.ts";

const EXAMPLES = `
A policy file (YAML or JSON): { name, text?, languages?, rules: [{ signal, min?, max?, reason }] }

Examples:
  echo '{"id":"a","text":"Buy now!!!"}' | millrace filter
  millrace filter --policy web pages.jsonl | jq -c 'select(.keep)'
  millrace filter --documents pages.jsonl > kept.jsonl`;

/** `millrace filter`: measures texts and asks a policy which to keep. */
export function register(program: Command): void {
  program
    .command("filter")
    .description('{"id","text"} lines to {"id","keep","reasons","signals"}')
    .argument("[files...]", "JSON lines; standard input when left out")
    .option("--policy <policy>", "web, documentation, minimal, or a policy file", "documentation")
    .option("--documents", "write the documents that are kept, as they came, instead of verdicts")
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[], options: { policy: string; documents?: true }) => {
      const [{ filterText, openLanguageDetector }, { loadPolicy }] = await Promise.all([
        import("@millrace/corpus"),
        import("../filters/load_policy.ts"),
      ]);
      const policy = await loadPolicy(options.policy, "millrace filter: --policy");
      const detect = await openLanguageDetector();
      await runFilter("filter", files, toTextRecord, (document) => {
        const { id, text } = document;
        const { language, confidence } = detect(text);
        const { keep, reasons, signals } = filterText(text, policy, { language: { code: language, confidence } });
        if (options.documents) return keep ? document : undefined;
        return { id, keep, reasons: reasons.map(({ code }) => code), signals };
      });
    });
}
