/** From HTML files to their main content. */
import { extractMainContent, readDocuments, TooComplexError } from "@millrace/corpus";
import { inputName, openInput, STDIN } from "./input_lines.ts";
import { openOutput } from "./record_output.ts";

/**
 * Writes `{"id","source","title","text",...}` for each file, whose name is its id; one that cannot be read is reported and left out.
 * @param names Files of HTML in any charset, gzipped when their name ends in `.gz`; `-`, or none, is standard input.
 */
export async function extractFiles(names: readonly string[]): Promise<void> {
  const output = openOutput("extract");
  for (const name of names.length === 0 ? [STDIN] : names) {
    const source = inputName(name);
    // The reader goes by a file's ending, and a page may have any: this name says what the bytes are taken for.
    const path = /\.gz$/i.test(name) ? "page.html.gz" : "page.html";
    for await (const read of readDocuments({ path, content: openInput(name) })) {
      if (!read.ok) {
        output.fail(source, read.quarantine.detail);
        continue;
      }
      try {
        const { title, text, ...facts } = extractMainContent(read.document.text);
        await output.write({ id: source, source, title, text, ...facts });
      } catch (error) {
        if (!(error instanceof TooComplexError)) throw error;
        output.fail(source, error.message);
      }
    }
  }
}
