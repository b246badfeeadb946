import type { Artifacts } from "@millrace/artifacts";
import type { ArtifactRef, ServingPackage, ServingWeights } from "@millrace/contracts";
import { decoderGraphs } from "@millrace/generation";

/** Everything of a package but its graphs, and what those are made of. */
export interface PackageParts extends Omit<ServingPackage, "version" | "graphs" | "weights" | "profile"> {
  readonly weights: ServingWeights;
  readonly profile: ArtifactRef;
  /** Flat vector of the checkpoint's parameters. */
  readonly parameters: Float32Array;
}

/**
 * Stores the serving graphs and the package that names them.
 * @returns The package's address.
 */
export async function storeServingPackage(artifacts: Artifacts, parts: PackageParts): Promise<ArtifactRef> {
  const { model, modelVersion, config, checkpoint, tokenizer, slots, weights, profile, parameters } = parts;
  const { endOfText, endOfDocument, chatTemplate } = parts;
  const quantise = weights === "int8" ? parameters : undefined;
  const { reading, readTokens, stepping } = decoderGraphs(config, slots, quantise);
  const graphs = [
    { newTokens: readTokens, graph: await artifacts.put(reading, "application/onnx") },
    { newTokens: 1, graph: await artifacts.put(stepping, "application/onnx") },
  ];
  // Written key by key: the order of the keys is part of the hash.
  const content: ServingPackage = {
    version: 1,
    model,
    modelVersion,
    config,
    checkpoint,
    tokenizer,
    endOfText,
    ...(endOfDocument !== undefined && { endOfDocument }),
    slots,
    weights,
    profile,
    graphs,
    ...(chatTemplate && { chatTemplate }),
  };
  return artifacts.put(new TextEncoder().encode(JSON.stringify(content)), "application/json");
}
