import type { RepairOptions } from "@millrace/corpus";
import type { Command } from "commander";
import { toTextOrRecord } from "../filters/records.ts";
import { runFilter } from "../filters/run_filter.ts";

const EXAMPLES = `
Examples:
  echo '"schÃ¶n &amp; “gut”"' | millrace repair
  echo '{"id":"a","text":"schÃ¶n"}' | millrace repair
  millrace repair --no-quotes --no-normalization strings.jsonl`;

const REPAIRS: Readonly<Record<keyof RepairOptions, string>> = {
  entities: "decode character references such as &eacute;",
  encoding: "undo UTF-8 that was decoded in a single-byte charset",
  c1Controls: "read C1 controls as windows-1252",
  ligatures: "write Latin ligatures as letters",
  characterWidth: "write full-width and half-width forms as ordinary characters",
  quotes: "make curly quotes straight",
  lineBreaks: "make every line break a line feed",
  surrogates: "replace lone surrogates",
  terminalEscapes: "remove escape sequences of terminals",
  controlCharacters: "remove control characters without meaning in text",
  normalization: "normalise to Unicode NFC",
};

/** `millrace repair`: undoes what wrong charsets, terminals and web pages did to text. */
export function register(program: Command): void {
  const command = program
    .command("repair")
    .description('JSON strings, or {"id","text"} lines, to repaired ones; every repair unless told')
    .argument("[files...]", "JSON lines; standard input when left out");
  for (const [name, effect] of Object.entries(REPAIRS)) command.option(`--no-${kebab(name)}`, `do not ${effect}`);
  command.addHelpText("after", EXAMPLES).action(async (files: string[], options: RepairOptions) => {
    const { fixText } = await import("@millrace/corpus");
    await runFilter("repair", files, toTextOrRecord, (value) =>
      typeof value === "string" ? fixText(value, options) : { ...value, text: fixText(value.text, options) },
    );
  });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
