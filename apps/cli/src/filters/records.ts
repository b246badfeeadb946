/** The records that filters read, checked: each function takes one parsed line and throws when it is something else. */
import { z } from "zod";

// Keys beside these are the document's own: filters that hand documents on leave them as they came.
const TextRecord = z.looseObject({ id: z.union([z.string(), z.number()]), text: z.string() });
export type TextRecord = z.infer<typeof TextRecord>;

const TextOrRecord = z.union([z.string(), TextRecord]);
const Text = z.string();
const TokenIds = z.array(z.number().int().min(0));
/** What filters write of a document without `--documents`. */
const Verdict = z.object({ id: z.unknown(), text: z.undefined().optional() });

const TrainingText = z.union([z.string(), z.object({ text: z.string() }).transform(({ text }) => text)]);

/** A text with its id. */
export function toTextRecord(value: unknown): TextRecord {
  return checked(TextRecord, value, '{"id": string or number, "text": string}', () =>
    Verdict.safeParse(value).success ? "; detect-language, filter and dedup hand the text on with --documents" : "",
  );
}

/** A text alone, or a text with its id. */
export function toTextOrRecord(value: unknown): string | TextRecord {
  return checked(TextOrRecord, value, 'a JSON string or {"id": string or number, "text": string}');
}

/** A text alone. */
export function toText(value: unknown): string {
  return checked(Text, value, "a JSON string");
}

/** A text alone, or the text of a record. */
export function toTrainingText(value: unknown): string {
  return checked(TrainingText, value, 'a JSON string or {"text": string}');
}

/** Ids of tokens. */
export function toTokenIds(value: unknown): number[] {
  return checked(TokenIds, value, "an array of token ids");
}

/** @param hintOf Further words about a value that is refused; most are not, and of those nothing is worked out. */
function checked<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  wanted: string,
  hintOf: () => string = () => "",
): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new TypeError(`found ${JSON.stringify(value).slice(0, 80)}, wanted ${wanted}${hintOf()}`);
}
