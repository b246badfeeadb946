/** The records that filters take, checked: a line from outside may hold anything. */

/** A text under a name. */
export interface TextRecord {
  /** As it came: it is given back in the same form. */
  readonly id: string | number;
  readonly text: string;
}

/**
 * Reads `{"id", "text"}`; other keys are left alone.
 * @throws {TypeError} If the value is anything else.
 */
export function toTextRecord(value: unknown): TextRecord {
  if (typeof value === "object" && value !== null && "id" in value && "text" in value) {
    const { id, text } = value;
    if ((typeof id === "string" || typeof id === "number") && typeof text === "string") return { id, text };
  }
  throw unexpected('an object {"id", "text"} with a text that is a string', value);
}

/**
 * Reads a JSON string.
 * @throws {TypeError} If the value is anything else.
 */
export function toText(value: unknown): string {
  if (typeof value !== "string") throw unexpected("a JSON string", value);
  return value;
}

/**
 * Reads an array of token ids.
 * @throws {TypeError} If the value is anything else.
 */
export function toTokenIds(value: unknown): number[] {
  if (!Array.isArray(value) || !value.every((id) => Number.isSafeInteger(id))) {
    throw unexpected("an array of whole numbers", value);
  }
  return value as number[];
}

/**
 * Reads a text to learn from: a JSON string, or any object with a `text`.
 * @throws {TypeError} If the value is anything else.
 */
export function toTrainingText(value: unknown): string {
  const text = typeof value === "object" && value !== null && "text" in value ? value.text : value;
  if (typeof text !== "string") throw unexpected('a JSON string or an object with "text"', value);
  return text;
}

function unexpected(wanted: string, found: unknown): TypeError {
  const shown = JSON.stringify(found);
  return new TypeError(`expected ${wanted}, found ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`);
}
