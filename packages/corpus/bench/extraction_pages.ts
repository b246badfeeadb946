import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

/** One page with the text that people marked as its content. */
export interface LabelledPage {
  readonly file: string;
  readonly type: string;
  readonly html: string;
  readonly title: string;
  readonly content: string;
}

/**
 * Reads the labelled pages from `${MILLRACE_DATA:-../shared/data}/extraction-dev`.
 * @returns `undefined`, after saying so, when the folder is not there.
 */
export function labelledPages(): LabelledPage[] | undefined {
  const folder = join(resolve(process.env.MILLRACE_DATA ?? "../shared/data"), "extraction-dev");
  if (!existsSync(folder)) {
    console.warn(`extraction: no data at ${folder}. Set MILLRACE_DATA to a folder with extraction-dev/NNNN.html.gz.`);
    return undefined;
  }
  return readdirSync(folder)
    .filter((name) => name.endsWith(".html.gz"))
    .sort()
    .map((file) => {
      const label = JSON.parse(readFileSync(join(folder, file.replace(".html.gz", ".json")), "utf8"));
      return {
        file,
        type: label._internal.page_type.primary,
        html: new TextDecoder().decode(gunzipSync(readFileSync(join(folder, file)))),
        title: label.ground_truth.title ?? "",
        content: label.ground_truth.main_content ?? "",
      };
    });
}
