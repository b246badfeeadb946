/** What is asked in the playground: read from an address or a form, and written as OpenAI's requests. */
import { z } from "zod";

/** `<name>@<version>`, as answers name what gave them. */
const Served = z.string().regex(/^[a-z0-9._-]{1,64}@[1-9]\d{0,8}$/, { error: "expected <name>@<version>" });

/** An empty field of a form was left out. */
const filled = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema);

const LONGEST_PROMPT = 20_000;

export const Asked = z.object({
  left: filled(Served.optional()),
  /** Absent: one version is asked alone. */
  right: filled(Served.optional()),
  mode: z.enum(["complete", "chat"]).default("complete"),
  // Browsers send line ends as \r\n.
  prompt: z
    .string()
    .default("")
    .transform((text) => text.replaceAll("\r\n", "\n"))
    .pipe(z.string().max(LONGEST_PROMPT)),
  maxTokens: filled(z.coerce.number().int().min(1).max(4096).optional()),
  temperature: filled(z.coerce.number().min(0).max(2).default(0.8)),
  /** The same seed gives the same answer. */
  seed: filled(
    z.coerce
      .number()
      .int()
      .min(0)
      .max(2 ** 52)
      .optional(),
  ),
});
export type Asked = z.infer<typeof Asked>;

export const SIDES = ["left", "right"] as const;
export type Side = (typeof SIDES)[number];

/** A request of OpenAI's API. */
export interface OpenAiRequest {
  readonly path: "/v1/completions" | "/v1/chat/completions";
  readonly body: Readonly<Record<string, unknown>>;
}

/** What is sent for one version. */
export function requestFor(model: string, { mode, prompt, maxTokens, temperature, seed }: Asked): OpenAiRequest {
  const sampling = {
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    temperature,
    ...(seed === undefined ? {} : { seed }),
  };
  return mode === "chat"
    ? { path: "/v1/chat/completions", body: { model, messages: [{ role: "user", content: prompt }], ...sampling } }
    : { path: "/v1/completions", body: { model, prompt, ...sampling } };
}
