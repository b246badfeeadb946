/** What is asked in the playground: read from an address or a form, and written as OpenAI's requests. */
import { z } from "zod";

/** `<name>@<version>`, as answers name what gave them. */
const SERVED = "[a-z0-9._-]{1,64}@[1-9]\\d{0,8}";
const Served = z.string().regex(new RegExp(`^${SERVED}$`), { error: "expected <name>@<version>" });

/** Begins the name of the n-gram model that was counted from a version's tokens. */
const NGRAMS = "ngrams:";
const Beside = z
  .string()
  .regex(new RegExp(`^(?:${NGRAMS})?${SERVED}$`), { error: `expected <name>@<version> or ${NGRAMS}<name>@<version>` });

/** An empty field of a form was left out. */
const filled = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema);

const LONGEST_PROMPT = 20_000;

const Fields = z.object({
  left: filled(Served.optional()),
  /** Another version, or the n-gram model of one. Absent: one version is asked alone. */
  right: filled(Beside.optional()),
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
export const Asked = Fields.refine(
  ({ mode, right }) => mode === "complete" || right === undefined || versionOfNgrams(right) === undefined,
  { path: ["mode"], error: "an n-gram model continues text and cannot chat" },
);
export type Asked = z.infer<typeof Asked>;

/** Name of the n-gram model of a version. @param version `<name>@<version>` */
export function ngramsOf(version: string): string {
  return NGRAMS + version;
}

/** The version whose tokens were counted, where this is the name of an n-gram model. */
export function versionOfNgrams(name: string): string | undefined {
  return name.startsWith(NGRAMS) ? name.slice(NGRAMS.length) : undefined;
}

/** What is asked, in words: `handbook v3`, `n-gram of handbook v3`. */
export function nameInWords(name: string): string {
  const version = versionOfNgrams(name);
  return version === undefined ? name.replace("@", " v") : `n-gram of ${version.replace("@", " v")}`;
}

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
