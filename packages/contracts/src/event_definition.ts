import type { z } from "zod";
import type { ServiceName } from "./service_name.ts";

/** One entry of the catalogue. */
export interface EventDefinition<
  Schema extends z.ZodType<Record<string, unknown>> = z.ZodType<Record<string, unknown>>,
> {
  /** `millrace.<domain>.<verb>.v<n>`. */
  readonly type: string;
  readonly kind: "fact" | "command";
  readonly emitters: readonly ServiceName[];
  readonly consumers: readonly ServiceName[];
  /** What tells one output of this type from another with the same cause, in words and as used for the id. */
  readonly outputKey: string;
  readonly schema: Schema;
  readonly example: z.input<Schema>;
}

/** Declares an event; the type argument is inferred from the schema. */
export function defineEvent<Schema extends z.ZodType<Record<string, unknown>>>(
  definition: EventDefinition<Schema>,
): EventDefinition<Schema> {
  return definition;
}

/** The data of an event, by its definition. */
export type EventData<Definition> = Definition extends EventDefinition<infer Schema> ? z.infer<Schema> : never;
