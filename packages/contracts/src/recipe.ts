/**
 * A recipe says what to make and from what. Whatever it leaves out is derived from the size of the corpus (`recipe_defaults.ts`).
 */
import { z } from "zod";
import { ServingWeights } from "./formats/model.ts";
import { CanarySettings } from "./formats/rollout.ts";
import { EvaluationSection, LeastScores, NEXT_TOKEN_ACCURACY } from "./recipe_evaluation.ts";
import { positive } from "./recipe_fields.ts";
import { ModelSection } from "./recipe_model.ts";
import { probesOf, SearchSection, withValues } from "./recipe_search.ts";
import { TrainSection } from "./recipe_train.ts";

export const ModelName = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, {
  error: "expected 1 to 64 of a-z, 0-9, '.', '_' and '-', not punctuation at either end",
});

export const Source = z.strictObject({
  path: z.string().min(1).describe("A folder, a file or a glob, relative to the recipe's folder"),
  include: z.array(z.string().min(1)).optional().describe("Globs inside the folder; default: every readable type"),
  exclude: z.array(z.string().min(1)).optional().describe("Globs inside the folder that are left out"),
  licence: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("Licence of these documents, kept as metadata (SPDX name where there is one)"),
});
export type Source = z.infer<typeof Source>;

const CorpusSection = z.strictObject({
  policy: z
    .string()
    .min(1)
    .default("documentation")
    .describe("web, documentation, minimal, or the path of a policy file"),
  languages: z
    .array(z.string().regex(/^[a-z]{2}$/, { error: 'expected a two-letter ISO 639-1 code such as "en"' }))
    .optional()
    .describe("ISO 639-1 codes to keep; default: all"),
  maxDocumentBytes: positive
    .max(1 << 30)
    .default(8 << 20)
    .describe("Larger files are quarantined"),
  scrub: z
    .boolean()
    .default(true)
    .describe("Mask e-mail addresses, phones, cards, IBANs, IP addresses, US SSNs, keys and tokens"),
  validationFraction: z
    .number()
    .gt(0)
    .lt(0.5)
    .default(0.1)
    .describe("Share that is held out for validation: of duplicate clusters, or of each text by position"),
  split: z
    .enum(["documents", "position"])
    .default("documents")
    .describe("What is held out: whole documents, or the end of each plain text and Markdown file"),
});

const TokenizerSection = z.strictObject({
  kind: z
    .enum(["bpe", "characters"])
    .default("bpe")
    .describe("bpe: byte-level BPE; characters: a token for each character that the documents have"),
  vocabularySize: positive.min(257).max(200_000).optional().describe("Tokens, special ones included"),
});

const { percent, requests, waitSeconds } = CanarySettings.shape;
const CanarySection = z.strictObject({
  percent: percent.default(10).describe("Part of the traffic that a new version is given first"),
  requests: requests.default(50).describe("Requests that it is judged by"),
  waitSeconds: waitSeconds.default(20).describe("Wait for users' requests before validation text stands in"),
});

const DeploySection = z.strictObject({
  enabled: z.boolean().default(true),
  slots: positive.max(256).default(4).describe("Sequences that a replica decodes at once"),
  weights: ServingWeights.default("int8").describe("int8 or float32: how a replica keeps the weights"),
  maxBitsPerByte: z
    .number()
    .gt(0)
    .max(16)
    .optional()
    .describe("Versions that need more bits per byte of validation text are not deployed"),
  gates: LeastScores.optional().describe(
    "Least scores by task, and next_token_accuracy; versions below are not deployed",
  ),
  canary: CanarySection.prefault({}),
});

const Keys = z.strictObject({
  name: ModelName.describe("Name of the model, and of the run"),
  description: z.string().max(500).optional(),
  sources: z.array(Source).min(1),
  corpus: CorpusSection.prefault({}),
  tokenizer: TokenizerSection.prefault({}),
  model: ModelSection.prefault({}),
  train: TrainSection.prefault({}),
  search: SearchSection.optional(),
  evaluation: EvaluationSection.prefault({}),
  deploy: DeploySection.prefault({}),
  samplePrompts: z
    .array(z.string().min(1).max(2000))
    .length(3)
    .optional()
    .describe("Three prompts for the summary's samples"),
});

export const Recipe = Keys.superRefine((recipe, context) => {
  const { model, tokenizer, train, evaluation, deploy, search } = recipe;
  for (const key of ["method", "lora"] as const) {
    if (model.from !== undefined || train[key] === undefined) continue;
    const message = "expected only beside model.from: adapters stand beside a model that is there";
    context.addIssue({ code: "custom", path: ["train", key], message });
  }
  if (model.from !== undefined && tokenizer.vocabularySize !== undefined) {
    const message = "expected no vocabularySize beside model.from, whose tokenizer is used as it is";
    context.addIssue({ code: "custom", path: ["tokenizer", "vocabularySize"], message });
  }
  if (tokenizer.kind === "characters") {
    const own = 'expected only with kind "bpe": the characters of the documents are the vocabulary';
    if (tokenizer.vocabularySize !== undefined) {
      context.addIssue({ code: "custom", path: ["tokenizer", "vocabularySize"], message: own });
    }
    if (model.from !== undefined) {
      const message = 'expected "bpe" beside model.from, whose tokenizer is used as it is';
      context.addIssue({ code: "custom", path: ["tokenizer", "kind"], message });
    }
  }
  const known = [NEXT_TOKEN_ACCURACY, ...evaluation.tasks.map(({ name }) => name)];
  for (const gate of Object.keys(deploy.gates ?? {})) {
    if (known.includes(gate)) continue;
    const message = `expected the name of one of evaluation.tasks or ${NEXT_TOKEN_ACCURACY}`;
    context.addIssue({ code: "custom", path: ["deploy", "gates", gate], message });
  }
  if (search !== undefined && train.exchange === "diloco") {
    const message = 'expected another than "diloco" beside search: trials are judged by steps, of which it has rounds';
    context.addIssue({ code: "custom", path: ["train", "exchange"], message });
  }
  if (search !== undefined && train.from !== undefined) {
    const message = "expected no checkpoint to go on from beside search: trials begin at step 0";
    context.addIssue({ code: "custom", path: ["train", "from"], message });
  }
  // Each value by itself: what keys have to do with each other is seen only when they have values, and ends that trial alone.
  for (const [key, range] of Object.entries(search?.space ?? {})) {
    for (const value of range === undefined ? [] : probesOf(range)) {
      const issues = Keys.safeParse(withValues(recipe, { [key]: value })).error?.issues ?? [];
      const own = issues.find(({ code, path }) => code !== "custom" && path.join(".") === key);
      if (own === undefined) continue;
      const message = `expected values that ${key} may have, found ${JSON.stringify(value)} (${own.message})`;
      context.addIssue({ code: "custom", path: ["search", "space", key], message });
    }
  }
});
/** A recipe with its defaults filled in, before anything is derived from the corpus. */
export type Recipe = z.infer<typeof Recipe>;
/** A recipe as its author writes it. */
export type RecipeInput = z.input<typeof Recipe>;

/** The published JSON Schema of recipes (draft 2020-12), of what an author may write. */
export function recipeJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(Recipe, { io: "input", target: "draft-2020-12" }) as Record<string, unknown>;
}
