import type { Command } from "commander";

const EXAMPLES = `
Examples:
  millrace extract page.html archive/*.html.gz | jq -r .text
  curl -s https://example.org/ | millrace extract
  millrace extract pages/*.html | millrace scrub | millrace filter --documents | millrace dedup --documents > corpus.jsonl`;

/** `millrace extract`: the main content of web pages. */
export function register(program: Command): void {
  program
    .command("extract")
    .description(
      'HTML files to {"id","source","title","text",...}, one line a file; the text is Markdown, the id the name',
    )
    .argument("[files...]", "HTML, gzipped when the name ends in .gz; standard input when left out, or for -")
    .addHelpText("after", EXAMPLES)
    .action(async (files: string[]) => {
      const { extractFiles } = await import("../filters/extract_files.ts");
      await extractFiles(files);
    });
}
