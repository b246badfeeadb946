/** The model of others that a training goes on from: what was taken of it, and from where. */
import { z } from "zod";
import { ArtifactRef } from "../artifact.ts";
import { ModelConfig } from "./model.ts";

const tokenId = z.int().nonnegative();

/** What people need to know of a base model; the rest stands in its manifest. */
export const BaseSummary = z.strictObject({
  /** A BaseModel. */
  manifest: ArtifactRef,
  /** `hf:owner/name@<commit>`, or the name of the folder. */
  name: z.string().min(1).max(400),
  /** As its card names it; null where it has no card, or one that names none. */
  licence: z.string().max(200).nullable(),
});
export type BaseSummary = z.infer<typeof BaseSummary>;

/** Everything that was taken of a base model. Equal folders give equal manifests. */
export const BaseModel = z.strictObject({
  version: z.literal(1),
  origin: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("folder"), folder: z.string().min(1).max(255) }),
    z.strictObject({
      kind: z.literal("hub"),
      /** `owner/name`. */
      repository: z.string().min(3).max(200),
      /** As the recipe asked for it. */
      revision: z.string().min(1).max(200),
      /** What the hub said that it is. */
      commit: z.string().regex(/^[0-9a-f]{40}$/),
    }),
  ]),
  licence: z.string().max(200).nullable(),
  /** As its `config.json` says, before a recipe shortens the context. */
  config: ModelConfig,
  parameters: z.int().positive(),
  /** Token before a text. */
  bos: tokenId,
  /** Token after a text; the same one where a model knows only one. */
  eos: tokenId,
  /** Files at the top of its folder, by name: weights, tokenizer, configuration, card, licence. */
  files: z.record(z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/), ArtifactRef),
});
export type BaseModel = z.infer<typeof BaseModel>;

/** Low-rank adapters that were trained beside a frozen base model, as Hugging Face's PEFT keeps them; the checkpoint has them merged. */
export const TrainedAdapter = z.strictObject({
  /** `adapter_model.safetensors`. */
  weights: ArtifactRef,
  /** `adapter_config.json`. */
  config: ArtifactRef,
});
export type TrainedAdapter = z.infer<typeof TrainedAdapter>;

/** How people name a base model. */
export function baseName({ origin }: Pick<BaseModel, "origin">): string {
  return origin.kind === "folder" ? origin.folder : `hf:${origin.repository}@${origin.commit}`;
}
