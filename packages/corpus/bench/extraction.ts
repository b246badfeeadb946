/**
 * How well, and how fast, is the main content of web pages found? Word F1 on the labelled pages by page type, against
 * Mozilla's Readability on the same parsed pages in the same run. The leaf model was fitted on these pages; the honest
 * figure for unseen ones is the cross-validation that `train_extraction.ts` prints.
 *
 *     node packages/corpus/bench/extraction.ts
 */
import { Readability } from "@mozilla/readability";
import { extractMainContent } from "../src/extract.ts";
import { parseHtml } from "../src/extraction/parse_html.ts";
import { labelledPages } from "./extraction_pages.ts";
import { wordF1 } from "./word_f1.ts";

interface Tally {
  pages: number;
  f1: number;
  peerF1: number;
  rightTypes: number;
}

const pages = labelledPages();
if (pages !== undefined) {
  const byType = new Map<string, Tally>();
  let ownMs = 0;
  let peerMs = 0;
  let slowestMs = 0;
  for (const { html, content, type } of pages) {
    const start = performance.now();
    const own = extractMainContent(html);
    const middle = performance.now();
    const peer = readability(html);
    ownMs += middle - start;
    slowestMs = Math.max(slowestMs, middle - start);
    peerMs += performance.now() - middle;
    for (const key of [type, "overall"]) {
      const tally = byType.get(key) ?? { pages: 0, f1: 0, peerF1: 0, rightTypes: 0 };
      tally.pages += 1;
      tally.f1 += wordF1(own.text, content).f1;
      tally.peerF1 += wordF1(peer, content).f1;
      tally.rightTypes += own.pageType === type ? 1 : 0;
      byType.set(key, tally);
    }
  }
  console.table(
    [...byType].sort().map(([type, { pages: count, f1, peerF1, rightTypes }]) => ({
      type,
      pages: count,
      f1: Number((f1 / count).toFixed(3)),
      readability: Number((peerF1 / count).toFixed(3)),
      typeAccuracy: Number((rightTypes / count).toFixed(2)),
    })),
  );
  const perPage = (ms: number): string => (ms / pages.length).toFixed(1);
  console.log(
    `ms/page: ${perPage(ownMs)} (slowest ${slowestMs.toFixed(0)}), readability ${perPage(peerMs)}, both with parsing`,
  );
  console.log(`resident memory: ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`);
}

/** Readability's text; on some pages it throws, which counts as none. */
function readability(html: string): string {
  try {
    return new Readability(parseHtml(html)).parse()?.textContent ?? "";
  } catch (error) {
    if (error instanceof TypeError) return "";
    throw error;
  }
}
