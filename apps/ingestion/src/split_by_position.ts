import { cutBeside } from "@millrace/corpus";

/** A part of a text, and the split that it is for. */
export interface PlacedText {
  readonly text: string;
  readonly split: "train" | "validation";
}

/**
 * Cuts a text in two: what comes last is for validation. A side that says nothing is left out. Personal data at the cut is not cut
 * through, so that each side can be scrubbed by itself.
 * @param fraction Share of the UTF-16 units that is held out, above 0 and below 1; a pair of them stays together, in the second part.
 */
export function splitByPosition(text: string, fraction: number): PlacedText[] {
  const cut = cutBeside(text, Math.floor(text.length * (1 - fraction)));
  const parts: PlacedText[] = [
    { text: text.slice(0, cut), split: "train" },
    { text: text.slice(cut), split: "validation" },
  ];
  return parts.filter((part) => part.text.trim() !== "");
}
