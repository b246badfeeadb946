/** The `model` section of a recipe. */
import { z } from "zod";
import type { ModelConfig } from "./formats/model.ts";
import { isHubName, parseHubName } from "./hub_name.ts";
import { positive } from "./recipe_fields.ts";

const Keys = z.strictObject({
  from: z
    .string()
    .min(1)
    .max(4096)
    .refine((from) => !isHubName(from) || parseHubName(from) !== undefined, {
      error: "expected a folder, or hf:owner/name@revision",
    })
    .optional()
    .describe("A model to train further: a folder in Hugging Face's layout, or hf:owner/name@revision"),
  architecture: z
    .enum(["gpt2", "llama"])
    .optional()
    .describe("gpt2 or llama: the kind of model, each a class of Hugging Face's transformers; default gpt2"),
  layers: positive.max(96).optional(),
  heads: positive.max(128).optional(),
  width: positive.max(16_384).optional().describe("Model width D; a multiple of heads"),
  contextLength: positive.min(8).max(8192).optional().describe("Tokens the model can see"),
  positions: z.enum(["learned", "sinusoidal"]).optional().describe("Of gpt2: learned or sinusoidal; default learned"),
  keyValueHeads: positive
    .max(128)
    .optional()
    .describe("Of llama: heads of keys and values, a divisor of heads; default as many as heads"),
  tied: z
    .boolean()
    .optional()
    .describe("Whether the output matrix is the token embedding; default true for gpt2, false for llama"),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe("Share of elements that training drops; of llama in attention alone; default 0"),
});

/** Keys that only one kind of model has. */
const OWN_KEYS = { positions: "gpt2", keyValueHeads: "llama" } as const;
/** Keys that a model which is there already has settled. */
const SETTLED_KEYS = ["architecture", "layers", "heads", "width", "positions", "keyValueHeads", "tied"] as const;

export const ModelSection = Keys.superRefine((model, context) => {
  const complain = (key: keyof typeof model, message: string): void =>
    context.addIssue({ code: "custom", path: [key], message });
  if (model.from !== undefined) {
    for (const key of SETTLED_KEYS) {
      if (model[key] === undefined) continue;
      complain(key, `expected no ${key} beside model.from, whose config.json says what the model is`);
    }
    return;
  }
  const { architecture = "gpt2" } = model;
  for (const key of ["positions", "keyValueHeads"] as const) {
    const owner = OWN_KEYS[key];
    if (model[key] === undefined || architecture === owner) continue;
    complain(key, `expected only with architecture "${owner}", not with "${architecture}"`);
  }
});

/** Extents of a model where the recipe has none. */
export interface ModelExtents {
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  readonly contextLength: number;
}

/**
 * The model of a recipe, but for its vocabulary. What the recipe leaves to the architecture is absent.
 * @throws {RangeError} If the extents do not fit each other.
 */
export function modelOf(
  section: z.output<typeof ModelSection>,
  derived: ModelExtents,
): Omit<ModelConfig, "vocabularySize"> {
  const { architecture = "gpt2", positions, keyValueHeads, tied, dropout = 0 } = section;
  const { layers = derived.layers, heads = derived.heads, width = derived.width } = section;
  const { contextLength = derived.contextLength } = section;
  if (width % heads !== 0) {
    refuse(`width ${width} is no multiple of ${heads} heads`, "model.width or model.heads");
  }
  if (architecture === "llama" && (width / heads) % 2 !== 0) {
    refuse(`rotary positions need heads of even width, found ${width / heads}`, "model.width or model.heads");
  }
  if (positions === "sinusoidal" && width % 2 !== 0) {
    refuse(`sinusoidal positions need an even width, found ${width}`, "model.width");
  }
  if (keyValueHeads !== undefined && heads % keyValueHeads !== 0) {
    refuse(
      `${keyValueHeads} heads of keys and values do not divide ${heads} heads`,
      "model.keyValueHeads or model.heads",
    );
  }
  return {
    architecture,
    layers,
    heads,
    width,
    contextLength,
    ...(positions === "sinusoidal" && { positions }),
    ...(keyValueHeads !== undefined && keyValueHeads !== heads && { keyValueHeads }),
    ...(tied !== undefined && tied !== (architecture === "gpt2") && { tied }),
    ...dropoutOf(architecture, dropout),
  };
}

/** Longest context that a base model is trained with unless the recipe says more: attention takes memory by its square. */
const LONGEST_DERIVED_CONTEXT = 512;

/**
 * The base model of a recipe as it is trained. Only its context may be another, a shorter one, and what training drops.
 * @throws {RangeError} If the recipe wants a longer context than the model has.
 */
export function continuedModel(
  { contextLength, dropout }: z.output<typeof ModelSection>,
  base: ModelConfig,
): Omit<ModelConfig, "vocabularySize"> {
  if (contextLength !== undefined && contextLength > base.contextLength) {
    refuse(`the base model sees ${base.contextLength} tokens, found ${contextLength} wanted`, "model.contextLength");
  }
  const { vocabularySize: _vocabulary, dropout: own, ...rest } = base;
  return {
    ...rest,
    contextLength: contextLength ?? Math.min(base.contextLength, LONGEST_DERIVED_CONTEXT),
    ...(dropout === undefined ? own && { dropout: own } : dropoutOf(base.architecture, dropout)),
  };
}

function dropoutOf(architecture: ModelConfig["architecture"], dropout: number): Pick<ModelConfig, "dropout"> {
  if (dropout === 0) return {};
  const everywhere = { embedding: dropout, attention: dropout, residual: dropout };
  return { dropout: architecture === "gpt2" ? everywhere : { attention: dropout } };
}

function refuse(found: string, choose: string): never {
  throw new RangeError(`planning the model: ${found}; choose ${choose} anew`);
}
