/** The records that filters read, checked: each function takes one parsed line and throws when it is something else. */
import { z } from "zod";

// Keys beside these are the document's own: filters that hand documents on leave them as they came.
const TextRecord = z.looseObject({ id: z.union([z.string(), z.number()]), text: z.string() });
export type TextRecord = z.infer<typeof TextRecord>;

const TrainingText = z.union([z.string(), z.object({ text: z.string() }).transform(({ text }) => text)]);

/** A text with its id. */
export function toTextRecord(value: unknown): TextRecord {
  const wanted = '{"id": string or number, "text": string}';
  const isVerdict = z.object({ id: z.unknown(), text: z.undefined().optional() }).safeParse(value).success;
  const hint = isVerdict ? "; detect-language, filter and dedup hand the text on with --documents" : "";
  return checked(TextRecord, value, wanted + hint);
}

/** A text alone, or a text with its id. */
export function toTextOrRecord(value: unknown): string | TextRecord {
  return checked(z.union([z.string(), TextRecord]), value, 'a JSON string or {"id": string or number, "text": string}');
}

/** A text alone. */
export function toText(value: unknown): string {
  return checked(z.string(), value, "a JSON string");
}

/** A text alone, or the text of a record. */
export function toTrainingText(value: unknown): string {
  return checked(TrainingText, value, 'a JSON string or {"text": string}');
}

/** Ids of tokens. */
export function toTokenIds(value: unknown): number[] {
  return checked(z.array(z.number().int().min(0)), value, "an array of token ids");
}

function checked<Value>(schema: z.ZodType<Value>, value: unknown, wanted: string): Value {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new TypeError(`found ${JSON.stringify(value).slice(0, 80)}, wanted ${wanted}`);
  return parsed.data;
}
