import { z } from "zod";

const TextRecord = z.object({ id: z.string(), text: z.string() });
const Ids = z.array(z.number().int().min(0));

/** Reads `{"id","text"}`. */
export function parseTextRecord(line: string): z.infer<typeof TextRecord> {
  return expected(TextRecord, line, '{"id": string, "text": string}');
}

/** Reads a JSON string. */
export function parseText(line: string): string {
  return expected(z.string(), line, "a JSON string");
}

/** Reads an array of token ids. */
export function parseIds(line: string): number[] {
  return expected(Ids, line, "an array of token ids");
}

function expected<Value>(schema: z.ZodType<Value>, line: string, wanted: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new TypeError(`reading a record: found no JSON, wanted ${wanted}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new TypeError(`reading a record: found ${line.slice(0, 80)}, wanted ${wanted}`);
  return parsed.data;
}
