/** Where a text may be cut without hiding personal data from those who mask its parts. */
import { findPersonalData, PERSONAL_TYPES } from "./personal_data.ts";
import { AFTER, BEFORE } from "./surroundings.ts";

/**
 * Moves a cut that would go through personal data, or between it and the words on its line that tell what it is, to the place before them.
 * Takes time linear in the text.
 * @param place Of the cut, in UTF-16 units: what stands there would begin the second part.
 * @returns A place from 0 to the one given.
 */
export function cutBeside(text: string, place: number): number {
  let cut = place;
  for (const { start, end } of findPersonalData(text, PERSONAL_TYPES).toReversed()) {
    const before = text.slice(Math.max(0, start - BEFORE), start);
    const from = start - before.slice(before.lastIndexOf("\n") + 1).length;
    const [after = ""] = text.slice(end, end + AFTER).split("\n");
    if (from < cut && cut < end + after.length) cut = from;
  }
  return cut;
}
