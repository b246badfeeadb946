/** The `model` section of a recipe. */
import { z } from "zod";
import type { ModelConfig } from "./formats/model.ts";
import { positive } from "./recipe_fields.ts";

const Keys = z.strictObject({
  architecture: z
    .enum(["gpt2", "llama"])
    .default("gpt2")
    .describe("gpt2 or llama: the kind of model, each a class of Hugging Face's transformers"),
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
    .default(0)
    .describe("Share of elements that training drops; of llama in attention alone"),
});

/** Keys that only one kind of model has. */
const OWN_KEYS = { positions: "gpt2", keyValueHeads: "llama" } as const;

export const ModelSection = Keys.superRefine((model, context) => {
  for (const key of ["positions", "keyValueHeads"] as const) {
    const owner = OWN_KEYS[key];
    if (model[key] === undefined || model.architecture === owner) continue;
    const message = `expected only with architecture "${owner}", not with "${model.architecture}"`;
    context.addIssue({ code: "custom", path: [key], message });
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
  const { architecture, positions, keyValueHeads, tied, dropout } = section;
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
  const everywhere = { embedding: dropout, attention: dropout, residual: dropout };
  return {
    architecture,
    layers,
    heads,
    width,
    contextLength,
    ...(positions === "sinusoidal" && { positions }),
    ...(keyValueHeads !== undefined && keyValueHeads !== heads && { keyValueHeads }),
    ...(tied !== undefined && tied !== (architecture === "gpt2") && { tied }),
    ...(dropout > 0 && { dropout: architecture === "gpt2" ? everywhere : { attention: dropout } }),
  };
}

function refuse(found: string, choose: string): never {
  throw new RangeError(`planning the model: ${found}; choose ${choose} anew`);
}
