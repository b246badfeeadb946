/** Where a text may be cut without hiding personal data from those who mask its parts. */
import { findPersonalData, PERSONAL_TYPES } from "./personal_data.ts";
import { AFTER, BEFORE } from "./surroundings.ts";

/** In a text full of personal data the cut would move on and on. */
const FURTHEST = 4096;

/**
 * Moves a cut that would go through personal data, or between it and the words around that tell what it is, to the place before them. Where
 * that is too far away, it goes between two pieces of personal data, whatever their words.
 * Takes time linear in the text.
 * @param place Of the cut, in UTF-16 units: what stands there would begin the second part.
 * @returns A place from 0 to the one given, between two code points.
 */
export function cutBeside(text: string, place: number): number {
  const spans = findPersonalData(text, PERSONAL_TYPES).toReversed();
  const around = spans.map(({ start, end }) => ({ start: Math.max(0, start - BEFORE), end: end + AFTER }));
  const cut = outside(around, place);
  return wellFormed(text, cut === 0 || place - cut > FURTHEST ? outside(spans, place) : cut);
}

/** A pair of surrogates stays together, in the second part. */
function wellFormed(text: string, cut: number): number {
  const isInsidePair = /[\ud800-\udbff]/.test(text.charAt(cut - 1)) && /[\udc00-\udfff]/.test(text.charAt(cut));
  return isInsidePair ? cut - 1 : cut;
}

/** @param spans Last first. */
function outside(spans: readonly { readonly start: number; readonly end: number }[], place: number): number {
  return spans.reduce((cut, { start, end }) => (start < cut && cut < end ? start : cut), place);
}
