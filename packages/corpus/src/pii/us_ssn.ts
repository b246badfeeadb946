/** Social security numbers of the United States, which have no check digit but parts that are never given out. */
import type { Candidate } from "./candidate.ts";
import { hasContext, standsFree } from "./surroundings.ts";

const NUMBER = /(\d{3})([- .]?)(\d{2})\2(\d{4})/g;
const CONTEXT = /\b(?:ssns?|ssn#|social(?: security)?|soc sec)\b/i;

/** Finds numbers of the form 123-45-6789; with spaces, dots or nothing between the parts only beside a word for it. */
export function usSsns(text: string): Candidate[] {
  const found: Candidate[] = [];
  for (const match of text.matchAll(NUMBER)) {
    const [whole, area = "", separator, group, serial] = match;
    const end = match.index + whole.length;
    if (area === "000" || area === "666" || area.startsWith("9") || group === "00" || serial === "0000") continue;
    if (!standsFree(text, match.index, end)) continue;
    const context = hasContext(text, match.index, end, CONTEXT);
    const form = separator === "-" ? 0.6 : 0.3;
    found.push({ start: match.index, end, score: context ? Math.min(1, form + 0.4) : form });
  }
  return found;
}
