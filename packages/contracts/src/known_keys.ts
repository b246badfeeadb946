import { z } from "zod";

/**
 * The keys that a schema knows at a place of its input; none where it stands for no mapping of fixed keys.
 * @param path As in an issue of the schema.
 */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const [head, ...rest] = path;
  const inner = (next: unknown): string[] => (next instanceof z.ZodType ? keysAt(next, path) : []);
  if (schema instanceof z.ZodObject) {
    if (head === undefined) return Object.keys(schema.shape);
    const at: unknown = schema.shape[String(head)];
    return at instanceof z.ZodType ? keysAt(at, rest) : [];
  }
  if (schema instanceof z.ZodArray) return schema.element instanceof z.ZodType ? keysAt(schema.element, rest) : [];
  if (schema instanceof z.ZodRecord) return schema.valueType instanceof z.ZodType ? keysAt(schema.valueType, rest) : [];
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(inner);
  if (schema instanceof z.ZodPipe) return inner(schema.in);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault
  ) {
    return inner(schema.unwrap());
  }
  return [];
}
